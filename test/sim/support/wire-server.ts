// A model service in any dialect, byte for byte as its documents show it, that does what a
// script says: answers, or fails in one of the ways in which services and proxies really fail.

import { fault, isFault, type Wait } from "../../../src/base/fault.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import type { Prng } from "../../../src/host/sim/prng.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import type { Host } from "../../../src/port/host.ts";
import type { Headers, Reply } from "../../../src/port/http.ts";
import type { Says, Wire } from "../../contract/provider-wires.ts";
import { json, type Peer, type PeerOptions, startPeer } from "./peer.ts";

/** What a service does with one question. */
export interface Doing {
  /** Its name in the counts. */
  way: string;
  status?: number;
  headers?: Headers;
  body?: string | Uint8Array;
  /** Before the first byte; between pieces. */
  delayMs?: number;
  paceMs?: number;
  /** After the body: its end, a broken connection, or nothing for a long time. */
  end?: "well" | "broken" | "silent";
}

/** Longer than anybody waits for a model. */
const QUIET_MS = 900_000;
const BODY_BYTES_MAX = 4_194_304;
const STREAM: Headers = [["content-type", "text/event-stream"]];

/** The question that a request ends in: its number, and whether its tool has answered. */
export interface Question {
  n: string;
  wantsTool: boolean;
  hasResult: boolean;
  stream: boolean;
}

function questionOf(body: string, path: string): Question {
  const all = [...body.matchAll(/(hello|tool for) (q\d+)/g)];
  const last = all.at(-1);
  const rest = body.slice(last?.index ?? 0);
  return {
    n: last?.[2] ?? "none",
    wantsTool: last?.[1] !== "hello",
    hasResult: rest.includes("counted"),
    stream: path.includes("stream") || /"stream":true/.test(body),
  };
}

/** All ways to fail. */
export const WAYS: readonly string[] = [
  ...[400, 401, 402, 403, 404, 408, 413, 429, 500, 503, 529].map((status) => `status ${status}`),
  ...[200, 403, 502, 522].map((status) => `page ${status}`),
  ...["redirect", "cut", "ended early", "silent in it", "silent", "no end", "error in it", "error at once"],
  ...["empty", "nothing said", "only thoughts", "refused", "spoiled", "nonsense", "gzip"],
];

/** What it says when all is well. */
function saysTo({ n, wantsTool, hasResult }: Question): Says {
  if (!wantsTool || hasResult) return { texts: ["done ", `with ${n}`], usage: { fresh: 100, cached: 20, out: 7 } };
  return { texts: ["Let me ", `count ${n}. `], calls: [{ id: `call_${n}`, name: "count", args: `{"n":"${n}"}` }] };
}

const streamed = (way: string, body: string | Uint8Array, more: Partial<Doing> = {}): Doing => ({
  ...{ way, body, headers: STREAM },
  ...more,
});

function refused(status: number, message: string, headers: Headers = []): Doing {
  const error = { message, type: "server_error", code: null };
  const sent: Headers = [["content-type", "application/json"], ...headers];
  return { way: `status ${status}`, status, headers: sent, body: JSON.stringify({ error }) };
}

function page(status: number, title: string): Doing {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body></body></html>`;
  return { way: `page ${status}`, status, headers: [["content-type", "text/html"]], body };
}

function refusals(chance: Prng): readonly Doing[] {
  return [
    refused(429, "Rate limit reached", [["retry-after", `${chance.between(0, 40)}`]]),
    refused(429, "Rate limit reached", [["retry-after", "Fri, 01 Jan 2100 00:00:00 GMT"]]),
    refused(429, "Rate limit reached", [["retry-after", "99999999999"]]),
    refused(429, "You exceeded your quota, check your plan: insufficient_quota"),
    ...[
      [503, "overloaded"],
      [529, "Overloaded"],
      [500, "internal"],
      [401, "invalid_api_key"],
      [402, "Insufficient Balance"],
      [403, "not allowed"],
      [404, "model_not_found"],
      [413, "Request too large"],
      [400, "maximum context length is 8192 tokens"],
      [400, "unsupported parameter"],
      [400, "content_filter"],
      [408, "timeout"],
    ].map(([status, text]) => refused(Number(status), String(text))),
    page(200, "Sign in to this network"),
    page(403, "Attention Required!"),
    page(502, "Bad Gateway"),
    page(522, "Connection timed out"),
    { way: "redirect", status: 302, headers: [["location", "http://elsewhere:1/v1"]], body: "" },
  ];
}

/** Ways to fail after a 200 has come. */
function breaks(chance: Prng, wire: Wire, says: Says): readonly Doing[] {
  const whole = encodeUtf8(wire.stream(says));
  const cutAt = (): Uint8Array => whole.slice(0, chance.below(whole.length));
  const half = Math.floor(whole.length / 2);
  // In the words: what spoils the form of a message is seen by TCP and TLS.
  const words = wire.stream(says).search(/(?<=done|Let me)/);
  const spoiled = new Uint8Array([...whole.slice(0, words), 0xff, 0xc3, 0x28, ...whole.slice(words)]);
  return [
    streamed("cut", cutAt(), { end: "broken" }),
    streamed("cut", cutAt(), { end: "broken" }),
    streamed("ended early", cutAt()),
    streamed("silent in it", cutAt(), { end: "silent" }),
    streamed("silent", "", { end: "silent", delayMs: QUIET_MS }),
    streamed("no end", wire.stream({ ...says, finish: "never" })),
    streamed("error in it", wire.stream({ ...says, finish: "never" }).slice(0, half) + wire.failure),
    streamed("error at once", wire.failure),
    streamed("empty", ""),
    streamed("nothing said", wire.stream({ texts: [] })),
    streamed("only thoughts", wire.stream({ thinking: "hm" })),
    streamed("refused", wire.stream({ texts: [], finish: "refused" })),
    streamed("spoiled", spoiled),
    streamed("nonsense", "data: {]\n\ndata: nonsense\n\n"),
    { way: "gzip", headers: [...STREAM, ["content-encoding", "gzip"]], body: new Uint8Array([31, 139, 8, 0, 1, 2]) },
  ];
}

/** One of all ways to fail, by chance. */
export function failing(chance: Prng, wire: Wire, q: Question): Doing {
  return chance.pick(chance.chance(50) ? refusals(chance) : breaks(chance, wire, saysTo(q)));
}

/** An answer, at a speed by chance; sometimes not in the form that was asked for. */
export function answering(chance: Prng, wire: Wire, q: Question): Doing {
  const says = saysTo(q);
  if (!q.stream || chance.chance(5)) {
    return { way: "whole", headers: [["content-type", "application/json"]], body: wire.whole(says) };
  }
  const slow = chance.chance(20) ? { delayMs: chance.between(10, 4_000), paceMs: chance.between(1, 50) } : {};
  return streamed("stream", wire.stream(says), slow);
}

/** In pieces of uneven size, so that no border is kept. */
function pieces(body: string | Uint8Array): readonly Uint8Array[] {
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  const out: Uint8Array[] = [];
  for (let at = 0, size = 37; at < bytes.length; at += size, size = (size * 7) % 131)
    out.push(bytes.slice(at, at + size));
  return out;
}

function replyOf(host: Host, doing: Doing): Reply {
  const { status = 200, headers = [], body = "", paceMs = 0, end = "well" } = doing;
  if (status !== 200 || end === "well") {
    if (paceMs === 0) return { status, headers, body };
  }
  return {
    ...{ status, headers },
    async pump(s, out) {
      for (const piece of pieces(body)) {
        const written = await out.write(s, piece);
        const slept = isFault(written) || paceMs === 0 ? written : await host.clock.sleep(s, paceMs);
        if (isFault(slept)) return slept;
      }
      if (end === "silent") return host.clock.sleep(s, QUIET_MS);
      return end === "broken" ? fault("failed", "The script breaks the connection here.") : undefined;
    },
  };
}

async function pause(s: Scope, host: Host, ms: number): Wait<void> {
  return ms === 0 ? undefined : host.clock.sleep(s, ms);
}

/** Serves one dialect; `script` says what is done with each question. */
export function wireServer(w: World, options: PeerOptions, script: (q: Question) => Doing): Peer {
  return startPeer(w, options, (host) => async (s, r) => {
    if (r.method === "GET") return json(200, { data: [], models: [] });
    const bytes = await r.body(s, BODY_BYTES_MAX);
    if (isFault(bytes)) return bytes;
    const doing = script(questionOf(decodeUtf8(bytes), `${r.path}?${r.query}`));
    const waited = await pause(s, host, doing.delayMs ?? 0);
    return isFault(waited) ? waited : replyOf(host, doing);
  });
}
