// What services of one dialect do beside its documents: the phenomena whose form differs from
// dialect to dialect, each a test named after it. Those of chat completions stand in
// provider-openai.test.ts, and what all dialects share in provider-phenomena.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBench } from "./provider-suite.ts";
import { WIRES, type Wire } from "./provider-wires.ts";

type Call = readonly [name: string, args: string];
type Event = Readonly<Record<string, unknown>>;

/** A body, and what it must be read as. */
interface Case {
  readonly events: readonly unknown[];
  readonly text?: string;
  readonly calls?: readonly Call[];
  readonly usage?: { inTokens: number; outTokens: number; cachedTokens: number };
}

const PING = '{"host":"1.1.1.1"}';
const sse = (events: readonly unknown[]): string => events.map((e) => `data: ${JSON.stringify(e)}\n\n`).join("");
const lines = (events: readonly unknown[]): string => events.map((e) => `${JSON.stringify(e)}\n`).join("");

function wireOf(name: string): Wire {
  const found = WIRES.find((w) => w.name === name);
  assert.ok(found !== undefined);
  return found;
}

function phenomenon(name: string, what: string, cases: readonly Case[]): void {
  test(`${name}: ${what}`, async () => {
    const bench = makeBench(wireOf(name).provider, (settings) => settings);
    for (const { events, text = "", calls = [], usage } of cases) {
      const found = await bench.answer((name === "ollama" ? lines : sse)(events));
      const seen = found.calls.map((c): Call => [c.name, c.args]);
      assert.deepEqual([found.text, seen], [text, calls], JSON.stringify(events));
      assert.equal(new Set(found.calls.map((c) => c.id)).size, calls.length, "each call has an id of its own");
      if (usage !== undefined) assert.deepEqual(found.answer.usage, usage);
    }
  });
}

// ---- Anthropic Messages

const start = (more: Event = {}): Event => ({
  type: "message_start",
  message: { role: "assistant", content: [], ...more },
});
const block = (index: number | undefined, content: Event): Event => ({
  type: "content_block_start",
  index,
  content_block: content,
});
const delta = (index: number | undefined, content: unknown): Event => ({
  type: "content_block_delta",
  index,
  delta: content,
});
const input = (piece: string): Event => ({ type: "input_json_delta", partial_json: piece });
const use = (id: string, name: string, given: unknown = {}): Event => ({ type: "tool_use", id, name, input: given });
const words = (text: string): Event => ({ type: "text_delta", text });
const stop = (usage: Event = {}): Event[] => [
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage },
  { type: "message_stop" },
];

phenomenon("anthropic", "1 parallel tool calls interleaved", [
  {
    events: [
      start(),
      block(0, use("a", "ping")),
      block(1, use("b", "get_leases")),
      ...[delta(0, input('{"host":')), delta(1, input("{")), delta(0, input('"1.1.1.1"}')), delta(1, input("}"))],
      ...stop(),
    ],
    calls: [
      ["ping", PING],
      ["get_leases", "{}"],
    ],
  },
]);

phenomenon("anthropic", "2 index missing", [
  {
    events: [start(), block(undefined, use("a", "ping")), delta(undefined, input(PING)), ...stop()],
    calls: [["ping", PING]],
  },
]);

phenomenon("anthropic", "5 and 8 input whole at the start of its block, null, or none at all", [
  { events: [start(), block(0, use("a", "ping", { host: "1.1.1.1" })), ...stop()], calls: [["ping", PING]] },
  { events: [start(), block(0, use("a", "get_leases", null)), ...stop()], calls: [["get_leases", "{}"]] },
  {
    events: [start(), block(0, use("a", "ping")), delta(0, input("")), delta(0, input(PING)), ...stop()],
    calls: [["ping", PING]],
  },
]);

phenomenon("anthropic", "9 deltas that are null or of unknown kinds, and a text without its start", [
  {
    events: [
      start(),
      ...[delta(0, null), delta(0, { type: "new_delta", x: 1 }), { type: "new_event" }, { type: "ping" }],
      ...[block(1, { type: "server_tool_use", id: "s", name: "x", input: {} }), delta(1, input('{"q":1}'))],
      ...[delta(2, words("o")), delta(2, { type: "citations_delta", citation: {} }), delta(2, words("k"))],
      ...stop(),
    ],
    text: "ok",
  },
]);

phenomenon("anthropic", "13 usage null, in parts, or only at the end", [
  {
    events: [
      start({ usage: { input_tokens: 5, cache_read_input_tokens: 3 } }),
      delta(0, words("a")),
      ...stop({ output_tokens: 2 }),
    ],
    text: "a",
    usage: { inTokens: 8, outTokens: 2, cachedTokens: 3 },
  },
  {
    events: [start({ usage: null }), delta(0, words("a")), ...stop({ input_tokens: 5, output_tokens: 2 })],
    text: "a",
    usage: { inTokens: 5, outTokens: 2, cachedTokens: 0 },
  },
]);

phenomenon("anthropic", "29 odd roles", [
  { events: [start({ role: "" }), delta(0, words("ok")), ...stop()], text: "ok" },
]);

// ---- OpenAI Responses

const added = (at: number | undefined, item: unknown): Event => ({
  type: "response.output_item.added",
  output_index: at,
  item,
});
const done = (at: number | undefined, item: unknown): Event => ({
  type: "response.output_item.done",
  output_index: at,
  item,
});
const piece = (at: number | undefined, id: string, text: string): Event => ({
  type: "response.function_call_arguments.delta",
  output_index: at,
  item_id: id,
  delta: text,
});
const fn = (id: string, name: string, args = ""): Event => ({
  type: "function_call",
  id,
  call_id: `c_${id}`,
  name,
  arguments: args,
});
const said = (...texts: readonly string[]): Event => ({
  type: "message",
  id: "m",
  role: "assistant",
  content: texts.map((text) => ({ type: "output_text", text })),
});
const completed = (output: readonly unknown[] = [], more: Event = {}): Event => ({
  type: "response.completed",
  response: { object: "response", status: "completed", output, ...more },
});

phenomenon("openai-responses", "1 parallel tool calls interleaved, numbered or told apart by id alone", [
  ...[true, false].map((numbered): Case => {
    const at = (n: number): number | undefined => (numbered ? n : undefined);
    return {
      events: [
        ...[added(at(0), fn("a", "ping")), added(at(1), fn("b", "get_leases"))],
        ...[
          piece(at(0), "a", '{"host":'),
          piece(at(1), "b", "{"),
          piece(at(0), "a", '"1.1.1.1"}'),
          piece(at(1), "b", "}"),
        ],
        completed(),
      ],
      calls: [
        ["ping", PING],
        ["get_leases", "{}"],
      ],
    };
  }),
]);

phenomenon("openai-responses", "4 and 5 name and arguments that come late, twice, or empty", [
  { events: [added(0, fn("a", "")), done(0, fn("a", "ping", PING)), completed()], calls: [["ping", PING]] },
  {
    events: [
      ...[added(0, fn("a", "ping")), piece(0, "a", PING)],
      { type: "response.function_call_arguments.done", output_index: 0, item_id: "a", arguments: PING },
      ...[done(0, fn("a", "ping", PING)), completed([fn("a", "ping", PING)])],
    ],
    calls: [["ping", PING]],
  },
  {
    events: [added(0, fn("a", "get_leases")), done(0, fn("a", "get_leases")), completed()],
    calls: [["get_leases", "{}"]],
  },
]);

phenomenon("openai-responses", "8 whole items only at their end, or only in the last event", [
  { events: [done(0, said("Hm.")), done(1, fn("a", "ping", PING)), completed()], text: "Hm.", calls: [["ping", PING]] },
  { events: [completed([said("Hm."), fn("a", "ping", PING)])], text: "Hm.", calls: [["ping", PING]] },
]);

phenomenon("openai-responses", "9 events without their item, and unknown ones", [
  {
    events: [
      ...[
        added(0, null),
        done(0, undefined),
        piece(7, "z", "{}"),
        { type: "response.new" },
        { type: "response.queued" },
      ],
      ...[
        { type: "response.output_text.delta", delta: null },
        { type: "response.output_text.delta", delta: "ok" },
      ],
      completed(),
    ],
    text: "ok",
  },
]);

phenomenon("openai-responses", "13 and 19 usage null or at the end, content as a list of parts", [
  {
    events: [completed([said("o", "k")], { usage: null })],
    text: "ok",
    usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 },
  },
  {
    events: [
      completed([said("ok")], {
        usage: { input_tokens: 5, output_tokens: 2, input_tokens_details: { cached_tokens: 3 } },
      }),
    ],
    text: "ok",
    usage: { inTokens: 5, outTokens: 2, cachedTokens: 3 },
  },
]);

// ---- Gemini generateContent

const candidate = (content: unknown, more: Event = {}): Event => ({ candidates: [{ content, ...more }] });
const parts = (...list: readonly unknown[]): Event => ({ role: "model", parts: list });
const END = { finishReason: "STOP" };
const functionCall = (name: string, args?: unknown): Event => ({
  functionCall: { name, ...(args === undefined ? {} : { args }) },
});

phenomenon("gemini", "5 and 8 arguments null, missing, as text; whole calls in one piece", [
  { events: [candidate(parts(functionCall("get_leases", null)), END)], calls: [["get_leases", "{}"]] },
  { events: [candidate(parts(functionCall("get_leases")), END)], calls: [["get_leases", "{}"]] },
  { events: [candidate(parts(functionCall("ping", PING)), END)], calls: [["ping", PING]] },
  {
    events: [
      candidate(
        parts({ text: "Hm." }, functionCall("ping", { host: "1.1.1.1" }), functionCall("ping", { host: "1.1.1.1" })),
        END,
      ),
    ],
    text: "Hm.",
    calls: [
      ["ping", PING],
      ["ping", PING],
    ],
  },
]);

phenomenon("gemini", "9 content missing, without parts, with empty parts, and no candidates", [
  {
    events: [
      ...[
        { candidates: [] },
        { usageMetadata: {} },
        candidate(undefined),
        candidate(null),
        candidate({ role: "model" }),
      ],
      ...[
        candidate(parts()),
        candidate(parts(null, 7, {}, { text: "" })),
        candidate(parts({ text: "ok" })),
        candidate(undefined, END),
      ],
    ],
    text: "ok",
  },
]);

phenomenon("gemini", "13 usage in every chunk holds as last told", [
  {
    events: [
      { ...candidate(parts({ text: "o" })), usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 } },
      {
        ...candidate(parts({ text: "k" }), END),
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, thoughtsTokenCount: 4 },
      },
      { usageMetadata: null },
    ],
    text: "ok",
    usage: { inTokens: 5, outTokens: 6, cachedTokens: 0 },
  },
]);

phenomenon("gemini", "27 other candidates are ignored", [
  {
    events: [
      {
        candidates: [
          { index: 1, content: parts({ text: "no" }), ...END },
          { index: 0, content: parts({ text: "ye" }) },
        ],
      },
      { candidates: [{ index: 0, content: parts({ text: "s" }), ...END }] },
    ],
    text: "yes",
  },
]);

phenomenon("gemini", "29 role missing or odd", [
  { events: [candidate({ parts: [{ text: "o" }] }), candidate({ role: "", parts: [{ text: "k" }] }, END)], text: "ok" },
]);

// ---- Ollama chat

const line = (message: unknown, more: Event = {}): Event => ({ model: "m", message, done: false, ...more });
const over = { done: true, done_reason: "stop" };

phenomenon("ollama", "5 and 8 arguments as text, null or missing; a call in the last line", [
  {
    events: [line({ content: "", tool_calls: [{ function: { name: "ping", arguments: PING } }] }), line({}, over)],
    calls: [["ping", PING]],
  },
  {
    events: [line({ tool_calls: [{ function: { name: "get_leases", arguments: null } }] }, over)],
    calls: [["get_leases", "{}"]],
  },
  {
    events: [line({ content: "Hm.", tool_calls: [{ function: { name: "get_leases" } }] }, over)],
    text: "Hm.",
    calls: [["get_leases", "{}"]],
  },
]);

phenomenon("ollama", "9 lines without a message or with one that is null", [
  {
    events: [
      { model: "m", done: false },
      line(null),
      line({}),
      line({ content: null }),
      line({ content: "ok" }),
      line(undefined, over),
    ],
    text: "ok",
  },
]);

phenomenon("ollama", "13 counts missing, or negative", [
  {
    events: [line({ content: "ok" }), line({}, { ...over, prompt_eval_count: -1 })],
    text: "ok",
    usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 },
  },
  {
    events: [line({ content: "ok" }, { ...over, prompt_eval_count: 5, eval_count: 2 })],
    text: "ok",
    usage: { inTokens: 5, outTokens: 2, cachedTokens: 0 },
  },
]);

phenomenon("ollama", "29 odd roles", [
  { events: [line({ role: "", content: "o" }), line({ role: "tool", content: "k" }), line({}, over)], text: "ok" },
]);

// ---- All that stream events

for (const wire of WIRES.filter((w) => w.name !== "ollama")) {
  test(`${wire.name}: 14 several data lines make one event, whatever stands between events`, async () => {
    const bench = makeBench(wire.provider, (settings) => settings);
    // Between two values JSON may have a line end.
    const body = wire.stream({ texts: ["ok 👋"] }).replaceAll('":{', '":\ndata: {');
    const noisy = body.replaceAll("\n\n", "\n\n: keep-alive\n\nid: 7\nretry: 10\nunknown: x\n\n");
    for (const each of [body, noisy]) assert.equal((await bench.answer(each)).text, "ok 👋");
  });
}
