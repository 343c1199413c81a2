// The host suite inside the native binary: the same cases as everywhere, on its own ABI.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rootScope } from "../../src/base/scope.ts";
import { type Abi, type AbiValue, type Complete, SYNC } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import { skillCases } from "../contract/host-cases-skills.ts";
import { bad, type Tools } from "../contract/host-ground.ts";
import { hostSuite } from "../contract/host-suite.ts";
import { runAll } from "./node-test.ts";

declare const __host: Abi;
declare const __test: (what: string, a?: AbiValue, b?: AbiValue) => string | null | undefined;

let complete: Complete | null = null;
Object.assign(globalThis, { __complete: (id: number, code: number, value: AbiValue) => complete?.(id, code, value) });

const tools: Tools = {
  async datagram(port, bytes) {
    __test("datagram", port, Uint8Array.from(bytes));
  },
  plant: {
    file: (path, text) => void __test("file", path, text),
    symlink: (path, target) => void __test("symlink", target, path),
    hardLink: (path, existing) => void __test("link", existing, path),
    read: (path) => __test("read", path) ?? null,
  },
};

// Why nothing can be started here; unset where it can.
const childless = __host.sync(SYNC.ENV, "SUITE_CHILDLESS");
const starting = skillCases.filter((each) => each.id !== "spawn-command");
const skips = typeof childless === "string" ? Object.fromEntries(starting.map((each) => [each.id, childless])) : {};

hostSuite("native", {
  skips,
  async makeHost() {
    __test("empty");
    const made = makeBridge(__host);
    complete = made.complete;
    const root = rootScope(made.host.timers);
    return { host: made.host, scope: root.scope, run: (body) => body(), end: () => root.end(), tools };
  },
  async makeRaw() {
    __test("empty");
    return {
      abi: __host,
      onComplete: (take) => {
        complete = take;
      },
      run: (body) => body(),
      end: async () => undefined,
    };
  },
});

// The last one: what it takes away does not come back.
test("native: where the kernel has no filter of system calls skills are refused with a sentence", {}, async () => {
  __test("no filters");
  const made = makeBridge(__host);
  complete = made.complete;
  const root = rootScope(made.host.timers);
  const skill = { kind: "skill", argv: [], capMs: 1000, heapBytes: 4_194_304 } as const;
  const f = bad(await made.host.spawn(root.scope, skill), "input");
  assert.equal(f.code, "unsupported");
  assert.match(f.what, /no filter of system calls \(seccomp\).*skills are refused/);
  await root.end();
});

const say = (line: object): void => void __host.sync(SYNC.PRINT, `${JSON.stringify(line)}\n`, "out");
void runAll(say).then((failures) => __host.sync(SYNC.EXIT, failures === 0 ? 0 : 1));
