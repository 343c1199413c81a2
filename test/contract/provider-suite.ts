// What a chat-completions provider must make of a service's bytes, however they are cut into
// reads. Each phenomenon of real services is one test, named after it.

import assert from "node:assert/strict";
import { type Fault, isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import type { Headers } from "../../src/port/http.ts";
import type { Answer, Ask, Delta, Part, Provider } from "../../src/port/provider.ts";
import { type FakeHttp, makeFakeHttp, type Script } from "../support/fake-http.ts";
import { makeWorld, type World } from "../support/virtual.ts";

const KEY = "sk-test-0123456789abcdef";

/** The settings that tests of chat completions vary. */
export interface Settings {
  baseUrl?: string;
  key?: string | null;
  stream?: boolean;
}

/** How a provider under test is given its settings. */
export type Configure<C> = (settings: { baseUrl: string; key: ReturnType<typeof secret> | null; stream: boolean }) => C;

export const ASK: Ask = {
  model: "test-model",
  system: "You look after a router.",
  messages: [{ role: "user", text: "hello" }],
  tools: [
    { name: "get_leases", purpose: "Reads leases.", schemaJson: '{"type":"object","properties":{}}' },
    { name: "ping", purpose: "Pings.", schemaJson: '{"type":"object","properties":{"host":{"type":"string"}}}' },
  ],
  maxTokens: 500,
};

export interface Ran {
  outcome: Outcome<Answer>;
  deltas: Delta[];
  http: FakeHttp;
  world: World;
}

/** One call against a script, with virtual time passing until it ends. */
async function call<C>(
  provider: Provider<C>,
  configure: Configure<C>,
  script: Script,
  ask: Ask = ASK,
  settings: Settings = {},
): Promise<Ran> {
  const world = makeWorld();
  const http = makeFakeHttp(world.clock, () => script);
  const key = settings.key === undefined ? KEY : settings.key;
  const config = configure({
    baseUrl: settings.baseUrl ?? "http://model.test/v1",
    key: key === null ? null : secret("key", key),
    stream: settings.stream ?? true,
  });
  const deltas: Delta[] = [];
  let outcome: Outcome<Answer> | null = null;
  const done = provider.complete(world.scope, { http, config, clock: world.clock }, ask, (d) => void deltas.push(d));
  void done.then((value) => {
    outcome = value;
  });
  for (let i = 0; i < 400 && outcome === null; i += 1) await (i < 2 ? world.settle() : world.pass(1_000));
  const settled = outcome ?? (await done);
  await world.end();
  return { outcome: settled, deltas, http, world };
}

/** The ways bytes are cut: whole, into single bytes, and once at each place of a sample. */
function cuts(bytes: Uint8Array): Uint8Array[][] {
  const single = [...bytes].map((_, i) => bytes.subarray(i, i + 1));
  const step = Math.max(1, Math.floor(bytes.length / 24));
  const twice: Uint8Array[][] = [];
  for (let at = 1; at < bytes.length; at += step) twice.push([bytes.subarray(0, at), bytes.subarray(at)]);
  return [[bytes], single, ...twice];
}

export interface Reading {
  parts: readonly Part[];
  text: string;
  shown: string;
  calls: ReadonlyArray<{ id: string; name: string; args: string }>;
  answer: Answer;
}

function reading(outcome: Outcome<Answer>, deltas: readonly Delta[]): Reading {
  assert.ok(!isFault(outcome), isFault(outcome) ? sayFault(outcome) : "");
  const { parts } = outcome;
  return {
    parts,
    answer: outcome,
    text: parts.map((p) => (p.kind === "text" ? p.text : "")).join(""),
    shown: deltas.map((d) => (d.kind === "text" ? d.text : "")).join(""),
    calls: parts.flatMap((p) => (p.kind === "call" ? [{ id: p.callId, name: p.name, args: p.argsJson }] : [])),
  };
}

/** Tools of one provider's tests. */
export interface Bench {
  /** The answer to `body`, which must be the same however it is cut. */
  answer(body: string | Uint8Array, settings?: Settings, ask?: Ask): Promise<Reading>;
  /** The fault of `body`, the same however it is cut. */
  refused(body: string | Uint8Array, status?: number, headers?: Headers): Promise<Fault>;
  run(script: Script, ask?: Ask, settings?: Settings): Promise<Ran>;
}

export function makeBench<C>(provider: Provider<C>, configure: Configure<C>): Bench {
  const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === "string" ? encodeUtf8(body) : body);
  return {
    async answer(body, settings = {}, ask = ASK) {
      let first: Reading | null = null;
      for (const pieces of cuts(bytesOf(body))) {
        const ran = await call(provider, configure, { pieces }, ask, settings);
        const found = reading(ran.outcome, ran.deltas);
        assert.equal(found.shown, found.text, "what was streamed is what was answered");
        first ??= found;
        assert.deepEqual(found.answer, first.answer, `cut into ${pieces.length} at ${pieces[0]?.length}`);
      }
      assert.ok(first !== null);
      return first;
    },
    async refused(body, status = 200, headers = []) {
      let first: Fault | null = null;
      for (const pieces of cuts(bytesOf(body)).slice(0, 6)) {
        const script: Script = { pieces, status, headers };
        const { outcome }: Ran = await call(provider, configure, script);
        assert.ok(isFault(outcome), JSON.stringify(outcome));
        const f: Fault = outcome;
        first ??= f;
        assert.deepEqual({ ...f }, { ...first });
        assert.ok(!JSON.stringify(outcome).includes(KEY), "no key in a fault");
      }
      assert.ok(first !== null);
      return first;
    },
    run: (script, ask, settings) => call(provider, configure, script, ask, settings),
  };
}

/** Events of a stream: each value as JSON, then [DONE]. */
export function sse(chunks: readonly unknown[], end = "data: [DONE]\n\n"): string {
  return chunks.map((c) => `data: ${typeof c === "string" ? c : JSON.stringify(c)}\n\n`).join("") + end;
}

/** A chunk with one choice. */
export function chunk(
  delta: unknown,
  finish: string | null = null,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  };
}

/** A piece of a tool call. */
export function piece(
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  args: unknown,
): Record<string, unknown> {
  const f = { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) };
  return {
    tool_calls: [
      { ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id, type: "function" }), function: f },
    ],
  };
}

/** A whole reply. */
export function whole(message: unknown, finish: string | null = "stop", more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: "r1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message, finish_reason: finish }],
    ...more,
  });
}
