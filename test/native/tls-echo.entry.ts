// TLS's other side from inside the native binary: listens as SERVE says and echoes until a client says "quit".

import { isFault } from "../../src/base/fault.ts";
import { rootScope } from "../../src/base/scope.ts";
import { secret } from "../../src/base/secret.ts";
import { decodeUtf8 } from "../../src/base/utf8.ts";
import type { Abi } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import type { Stream } from "../../src/port/host.ts";

declare const __host: Abi;

const { host, complete } = makeBridge(__host);
Object.assign(globalThis, { __complete: complete });

const root = rootScope(host.timers);
const counts = { whole: 0, broken: 0 };

/** → whether "quit" was said. */
async function echo(stream: Stream): Promise<boolean> {
  for (;;) {
    const bytes = await stream.read(root.scope, 16_384);
    const written = isFault(bytes) || bytes.length === 0 ? bytes : await stream.write(root.scope, bytes);
    if (isFault(bytes) || isFault(written) || bytes.length === 0) {
      counts[isFault(written) ? "broken" : "whole"] += 1;
      await stream.close();
      return false;
    }
    if (bytes.length < 8 && decodeUtf8(bytes) === "quit\n") {
      await stream.close();
      return true;
    }
  }
}

async function main(): Promise<void> {
  const { port, certPem, keyPem } = JSON.parse(host.env("SERVE") ?? "{}");
  const tls = { certPem, keyPem: secret("key", keyPem) };
  const listener = await host.listen(root.scope, { host: "127.0.0.1", port, tls });
  if (isFault(listener)) throw new Error(listener.what);
  const quit = new Promise<void>((told) => {
    const next = async (): Promise<void> => {
      const stream = await listener.accept(root.scope);
      if (isFault(stream)) return;
      void next();
      if (await echo(stream)) told();
    };
    void next();
  });
  await quit;
  await listener.close();
  await root.end();
  host.print(JSON.stringify({ ...counts, open: host.openHandles }));
  host.exit(0);
}

void main();
