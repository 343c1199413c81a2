// What open TLS connections cost inside the native binary: opens one, then COUNT more, each with one line to
// and fro, and prints the memory of its own process (in KiB) after the first and after the last.

import { type Fault, isFault, type Outcome } from "../../src/base/fault.ts";
import { rootScope } from "../../src/base/scope.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/base/utf8.ts";
import type { Abi } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import type { Stream } from "../../src/port/host.ts";

declare const __host: Abi;

const { host, complete } = makeBridge(__host);
Object.assign(globalThis, { __complete: complete });
const root = rootScope(host.timers);

function must<T>(x: Outcome<T> | Fault): T {
  if (isFault(x)) throw new Error(x.what);
  return x;
}

async function ask(stream: Stream, line: string): Promise<Uint8Array> {
  must(await stream.write(root.scope, encodeUtf8(`${line}\n`)));
  return must(await stream.read(root.scope, 16_384));
}

async function open(port: number, extraPem: string): Promise<Stream> {
  const tls = { name: "localhost", roots: "mozilla", extraPem } as const;
  const stream = must(await host.connect(root.scope, { host: "127.0.0.1", port }, tls));
  let got = (await ask(stream, "record")).length;
  while (got < 16_384) got += must(await stream.read(root.scope, 16_384 - got)).length;
  return stream;
}

async function main(): Promise<void> {
  const { port, extraPem, count } = JSON.parse(host.env("OPEN") ?? "{}") as {
    port: number;
    extraPem: string;
    count: number;
  };
  const first = await open(port, extraPem);
  const memoryKib = async (): Promise<number> => Number(decodeUtf8(await ask(first, String(host.info.pid))));
  const one = await memoryKib();
  const others: Stream[] = [];
  while (others.length < count) others.push(await open(port, extraPem));
  const all = await memoryKib();
  for (const stream of others) await stream.close();
  host.print(`${JSON.stringify({ one, all, closed: await memoryKib() })}\n`);
  await first.close();
  await root.end();
  host.exit(0);
}

void main();
