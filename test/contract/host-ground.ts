// What the host suite asks of whoever runs it on a host, and small helpers of its cases.

import assert from "node:assert/strict";
import { type Fault, isFault, type Outcome } from "../../src/base/fault.ts";
import { launch, type Scope } from "../../src/base/scope.ts";
import type { Abi, AbiValue, Complete } from "../../src/port/abi.ts";
import type { Host, Listener, Stream } from "../../src/port/host.ts";

/** A fresh host with no handle open. */
export interface Ground {
  host: Host;
  scope: Scope;
  /** Runs the body while the host's time goes on; simulated hosts are driven here. */
  run<T>(body: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
  tools: Tools;
}

/** What the person at the machine can do; a case whose tool is missing is skipped with the reason in `skips`. */
export interface Tools {
  /** Sends one datagram to a port of the host. */
  datagram?(port: number, bytes: Uint8Array): Promise<void>;
  /** In the folder behind "workspace", past the host. */
  plant?: {
    file(path: string, text: string): void;
    symlink(path: string, target: string): void;
    hardLink(path: string, existing: string): void;
    read(path: string): string | null;
  };
}

/** A host's bare ABI, with nobody on it. */
export interface RawGround {
  abi: Abi;
  onComplete(complete: Complete): void;
  run<T>(body: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export interface Maker {
  makeHost(): Promise<Ground>;
  makeRaw(): Promise<RawGround>;
  /** Case id → why it cannot run on this host. */
  skips?: Readonly<Record<string, string>>;
}

export interface Case {
  id: string;
  title: string;
  on(ground: Ground): Promise<void>;
}

export interface RawCase {
  id: string;
  title: string;
  on(raw: RawGround): Promise<void>;
}

/** The value, or a failed test with the fault's sentence. */
export function good<T>(x: Outcome<T>): T {
  if (isFault(x)) assert.fail(`a fault: ${x.fault} ${x.code ?? ""} ${x.what}`);
  return x;
}

/** The fault, of one of these kinds. */
export function bad(x: unknown, ...kinds: Array<Fault["fault"]>): Fault {
  assert.ok(isFault(x), `a fault was due, not ${JSON.stringify(x)?.slice(0, 100)}`);
  assert.ok(kinds.length === 0 || kinds.includes(x.fault), `${x.fault} is none of ${kinds.join(", ")}: ${x.what}`);
  assert.match(x.what, /^[^{}]{8,}[.]/, "a fault holds a sentence");
  return x;
}

export interface Pair {
  listener: Listener;
  near: Stream;
  far: Stream;
}

/** A connected pair on loopback. */
export async function pair({ host, scope }: Ground): Promise<Pair> {
  const listener = good(await host.listen(scope, { host: "127.0.0.1", port: 0 }));
  const accepting = listener.accept(scope);
  const near = good(await host.connect(scope, { host: "127.0.0.1", port: listener.port }));
  return { listener, near, far: good(await accepting) };
}

export async function closeAll(...things: ReadonlyArray<{ close(): Promise<void> }>): Promise<void> {
  await Promise.all(things.map((thing) => thing.close()));
}

/** Reads until the end. */
export async function readAll(s: Scope, from: Stream, max = 16_384): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const bytes = good(await from.read(s, max));
    assert.ok(bytes.length <= max, `${bytes.length} bytes for a read of ${max}`);
    if (bytes.length === 0) return Buffer.concat(parts);
    parts.push(bytes);
  }
}

/** Reads that many bytes: a stream may hand them over in any pieces. */
export async function readExactly(s: Scope, from: Stream, count: number): Promise<number[]> {
  const got: number[] = [];
  while (got.length < count) {
    const bytes = good(await from.read(s, count - got.length));
    assert.ok(bytes.length > 0, `the stream ended after ${got.length} of ${count} bytes`);
    got.push(...bytes);
  }
  return got;
}

/** Runs `body` in a child scope; the returned call stops that scope early. */
export function stoppable<T>(scope: Scope, body: (s: Scope) => Promise<Outcome<T>>): ReturnType<typeof launch<T>> {
  return launch(scope, 60_000, body);
}

/** Numbered operations over a bare ABI, each completion recorded. */
export interface Recorder {
  submit(op: number, a?: AbiValue, b?: AbiValue): { id: number; done: Promise<[code: number, value: AbiValue]> };
  /** Ids in the order of their completions. */
  order: number[];
  /** What was wrong with a completion: a second one, one inside a submit, one inside another. */
  wrongs: string[];
}

export function record(raw: RawGround): Recorder {
  const waiting = new Map<number, (end: [number, AbiValue]) => void>();
  const order: number[] = [];
  const wrongs: string[] = [];
  let inside = "";
  let last = 0;
  raw.onComplete((id, code, value) => {
    if (inside !== "") wrongs.push(`${id} completed inside ${inside}`);
    inside = `the completion of ${id}`;
    const settle = waiting.get(id);
    if (settle === undefined) wrongs.push(`${id} completed without being under way`);
    waiting.delete(id);
    order.push(id);
    settle?.([code, value]);
    inside = "";
  });
  return {
    order,
    wrongs,
    submit(op, a, b) {
      last += 1;
      const id = last;
      const done = new Promise<[number, AbiValue]>((resolve) => void waiting.set(id, resolve));
      const before = inside;
      inside = `the submit of ${id}`;
      raw.abi.submit(id, op, a, b);
      inside = before;
      return { id, done };
    },
  };
}
