// One TLS connection from inside the native binary: dials as DIAL says, sends, reads to the end or to what is
// awaited, and prints what came of it as JSON. The table of refusals drives it.

import { rootScope } from "../../src/base/scope.ts";
import type { Abi } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import { type Dial, dial } from "../support/tls-dial.ts";

declare const __host: Abi;
declare const __test: (what: string, a?: number | string) => void;

const { host, complete } = makeBridge(__host);
Object.assign(globalThis, { __complete: complete });

async function main(): Promise<void> {
  const root = rootScope(host.timers);
  const asked = JSON.parse(host.env("DIAL") ?? "{}") as Dial;
  if (asked.builtS !== undefined) __test("built", asked.builtS);
  if (asked.rootsFile !== undefined) __test("roots", asked.rootsFile);
  host.print(`${JSON.stringify(await dial(host, root.scope, asked))}\n`);
  await root.end();
  host.exit(0);
}

void main();
