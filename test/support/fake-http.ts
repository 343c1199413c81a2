// An Http whose answers are scripted to the byte, and which remembers what it was asked. It
// keeps the port's promises: pieces of a 2xx go to onChunk, a stopped scope ends the wait.

import { concat } from "../../src/base/bytes.ts";
import { type Fault, isFault, type Outcome, type Wait } from "../../src/base/fault.ts";
import type { Scope } from "../../src/base/scope.ts";
import { reveal } from "../../src/base/secret.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import { contentBytes } from "../../src/net/http-head.ts";
import type { Clock } from "../../src/port/clock.ts";
import type { Headers, Http, Request, Response } from "../../src/port/http.ts";

/** One answer. Pieces come `gapMs` apart; then it ends well, with a fault, or never. */
export interface Script {
  status?: number;
  headers?: Headers;
  pieces?: ReadonlyArray<Uint8Array | string>;
  /** Before the first piece, and between pieces. */
  firstMs?: number;
  gapMs?: number;
  end?: "close" | "hang" | Fault;
}

/** What was asked, as the peer would see it. */
export interface Asked {
  method: string;
  url: string;
  /** Path on the wire when the URL's own was replaced. */
  target: string | null;
  headers: ReadonlyMap<string, string>;
  body: string;
  repeatable: boolean;
  atMs: number;
}

export interface FakeHttp extends Http {
  readonly asked: Asked[];
}

function seen(r: Request, clock: Clock): Asked {
  return {
    method: r.method,
    url: r.url,
    target: r.target === undefined ? null : reveal(r.target),
    headers: new Map(
      r.headers.map(([name, value]) => [name.toLowerCase(), typeof value === "string" ? value : reveal(value)]),
    ),
    body: Buffer.from(contentBytes(r.body)).toString("utf8"),
    repeatable: r.repeatable,
    atMs: clock.monoMs(),
  };
}

function untilStopped(s: Scope): Wait<never> {
  return new Promise((resolve) => void s.onStop(resolve));
}

type Take = (b: Uint8Array) => Outcome<void>;

/** Plays a script's pieces into `take`; answers why it ended early, if it did. */
async function play(s: Scope, clock: Clock, script: Script, take: Take): Wait<void> {
  const { pieces = [], firstMs = 0, gapMs = 0 } = script;
  for (const [i, piece] of pieces.entries()) {
    const waitMs = i === 0 ? firstMs : gapMs;
    const waited = waitMs === 0 ? s.stopped : await clock.sleep(s, waitMs);
    if (isFault(waited)) return waited;
    const taken = take(typeof piece === "string" ? encodeUtf8(piece) : piece);
    if (isFault(taken)) return taken;
  }
}

/** `answer` gives the script for each request in turn. */
export function makeFakeHttp(clock: Clock, answer: (r: Asked, number: number) => Script): FakeHttp {
  const asked: Asked[] = [];
  const run = async (s: Scope, r: Request, onChunk: Take | null): Wait<Response> => {
    const what = seen(r, clock);
    asked.push(what);
    const script = answer(what, asked.length - 1);
    const { status = 200, headers = [], end = "close" } = script;
    const kept: Uint8Array[] = [];
    const keep: Take = (b) => void kept.push(b);
    const played = await play(s, clock, script, onChunk !== null && status >= 200 && status < 300 ? onChunk : keep);
    if (isFault(played)) return played;
    if (end === "hang") return untilStopped(s);
    if (end !== "close") return end;
    return { status, headers, body: concat([new Uint8Array(0), ...kept]) };
  };
  return { asked, send: (s, r) => run(s, r, null), stream: (s, r, onChunk) => run(s, r, onChunk) };
}

/** A JSON answer. */
export function jsonScript(value: unknown, status = 200, headers: Headers = []): Script {
  return { status, headers: [["content-type", "application/json"], ...headers], pieces: [JSON.stringify(value)] };
}
