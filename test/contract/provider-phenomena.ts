// What every dialect must make of its services' bytes: each phenomenon is one test, named
// after it and run for each dialect in which it can occur.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, sayFault } from "../../src/base/fault.ts";
import {
  ANSWER_BYTES_MAX,
  MODEL_CALLS_MAX,
  MODEL_FIRST_BYTE_MS,
  MODEL_IDLE_MS,
  MODEL_TAIL_MS,
  MODEL_THOUGHTS_TIGHT_TOKENS,
  MODEL_THOUGHTS_TOKENS,
} from "../../src/base/limits.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import type { Ask, Message, Part } from "../../src/port/provider.ts";
import { ASK, type Bench, makeBench } from "./provider-suite.ts";
import type { Says, Wire } from "./provider-wires.ts";

const PING = '{"host":"1.1.1.1"}';
const TWO = [
  { id: "call_a1", name: "ping", args: PING },
  { id: "call_b2", name: "get_leases", args: "{}" },
];

type Case = (wire: Wire, bench: Bench) => Promise<void>;

const cases: Array<readonly [name: string, run: Case, occurs?: (wire: Wire) => boolean]> = [];
const on = (name: string, run: Case, occurs?: (wire: Wire) => boolean): void =>
  void cases.push(occurs === undefined ? [name, run] : [name, run, occurs]);

const isSse = (wire: Wire): boolean => wire.name !== "ollama";
const hasTextArgs = (wire: Wire): boolean => wire.argsAreText;

/** Runs the suite on one dialect. */
export function phenomena(wire: Wire): void {
  const bench = makeBench(wire.provider, (settings) => settings);
  for (const [name, run, occurs = () => true] of cases) {
    if (occurs(wire)) test(`${wire.name}: ${name}`, () => run(wire, bench));
  }
}

/** The body of the request that follows an answer of these parts and the results of its calls. */
async function bodyAfter(
  bench: Bench,
  wire: Wire,
  parts: readonly Part[],
  model = ASK.model,
): Promise<Record<string, unknown>> {
  const results = parts.flatMap((p): Message[] =>
    p.kind === "call" ? [{ role: "tool", callId: p.callId, text: "3 ms", isError: false }] : [],
  );
  const messages: Message[] = [...ASK.messages, { role: "assistant", parts }, ...results];
  return bodyOf(bench, wire, { ...ASK, model, messages });
}

async function bodyOf(bench: Bench, wire: Wire, ask: Ask): Promise<Record<string, unknown>> {
  const ran = await bench.run({ pieces: [wire.stream({ texts: ["ok"] })] }, ask);
  assert.ok(!isFault(ran.outcome), JSON.stringify(ran.outcome));
  return JSON.parse(ran.http.asked[0]?.body ?? "{}");
}

on("path and key of a request", async (wire, bench) => {
  const { http } = await bench.run({ pieces: [wire.stream({ texts: ["ok"] })] }, ASK, {
    baseUrl: "http://model.test/some/v1/",
  });
  const [asked] = http.asked;
  assert.equal(asked?.url, `http://model.test/some/v1${wire.path}`);
  assert.match(asked?.headers.get(wire.keyHeader) ?? "", /^(Bearer )?sk-test-0123456789abcdef$/);
  assert.ok(!asked?.url.includes("sk-test") && !asked?.body.includes("sk-test"));
});

on("plain text, streamed and whole, with usage and what was cached", async (wire, bench) => {
  const says: Says = { texts: ["Grüß", " Gott 👋"], usage: { fresh: 12, cached: 8, out: 3 } };
  const cachedTokens = wire.name === "ollama" ? 0 : 8;
  const expected = {
    parts: [{ kind: "text", text: "Grüß Gott 👋" }],
    stop: "end",
    usage: { inTokens: 20, outTokens: 3, cachedTokens },
  };
  assert.deepEqual((await bench.answer(wire.stream(says))).answer, expected);
  assert.deepEqual((await bench.answer(wire.whole(says), { stream: false })).answer, expected);
});

on("1 parallel tool calls, streamed and whole", async (wire, bench) => {
  for (const body of [wire.stream({ calls: TWO }), wire.whole({ calls: TWO })]) {
    const { calls, answer } = await bench.answer(body);
    assert.deepEqual(calls, TWO);
    assert.equal(answer.stop, "tools");
  }
});

on("3 ids missing or shared: each call has one of its own", async (wire, bench) => {
  const bare = TWO.map(({ name, args }) => ({ name, args }));
  const shared = TWO.map((c) => ({ ...c, id: "same" }));
  for (const calls of [bare, shared]) {
    const found = (await bench.answer(wire.stream({ calls }))).calls;
    assert.equal(new Set(found.map((c) => c.id)).size, 2);
    assert.deepEqual(
      found.map((c) => c.name),
      ["ping", "get_leases"],
    );
  }
});

on("3 invented ids differ from those of earlier turns", async (wire, bench) => {
  const body = wire.stream({ calls: [{ name: "ping", args: PING }] });
  const first = await bench.answer(body);
  const messages: Message[] = [...ASK.messages, { role: "assistant", parts: first.parts }];
  const second = await bench.run({ pieces: [body] }, { ...ASK, messages });
  assert.ok(!isFault(second.outcome));
  const [again] = second.outcome.parts.flatMap((p) => (p.kind === "call" ? [p.callId] : []));
  assert.notEqual(again, first.calls[0]?.id);
});

on("5 no arguments at all are an empty object", async (wire, bench) => {
  const { calls } = await bench.answer(wire.stream({ calls: [{ id: "a", name: "get_leases", args: "" }] }));
  assert.equal(calls[0]?.args, "{}");
});

on(
  "6 arguments that are no JSON are handed on as they are, and told back as data",
  async (wire, bench) => {
    for (const bad of ['{"host":"1.1.1.1",}', "{'host':'x'}", '{"a":1}{"b":2}', "[1]"]) {
      const { calls, answer, parts } = await bench.answer(
        wire.stream({ calls: [{ id: "a", name: "ping", args: bad }] }),
      );
      assert.deepEqual([calls[0]?.args, answer.stop], [bad, "tools"]);
      assert.match(JSON.stringify(await bodyAfter(bench, wire, parts)), /invalid_arguments/);
    }
  },
  hasTextArgs,
);

on("7 calls although the end says stop, and the end of calls without any", async (wire, bench) => {
  assert.equal((await bench.answer(wire.stream({ calls: TWO, finish: "end" }))).answer.stop, "tools");
  const none = await bench.answer(wire.stream({ texts: ["Nothing to do."], finish: "tools" }));
  assert.deepEqual([none.text, none.answer.stop], ["Nothing to do.", "end"]);
});

on("10 reasoning is not shown", async (wire, bench) => {
  for (const body of [wire.stream, wire.whole]) {
    assert.equal((await bench.answer(body({ thinking: "hm", texts: ["Yes."] }))).shown, "Yes.");
  }
});

on("10 <think> inside the text, split anywhere", async (wire, bench) => {
  for (const texts of [["<think>hm</think>\n\nYes."], ["<th", "ink>h", "m</thi", "nk>", "\nYes."]]) {
    assert.equal((await bench.answer(wire.stream({ texts }))).text, "Yes.");
  }
});

on("11 reasoning of a message with calls goes back as it came, and only to its own model", async (wire, bench) => {
  for (const body of [wire.stream, wire.whole]) {
    const { parts } = await bench.answer(body({ thinking: "Let me look.", calls: TWO }));
    const back = JSON.stringify(wire.reasoning(await bodyAfter(bench, wire, parts)));
    const proof: Record<string, RegExp> = {
      openai: /"Let me look\."/,
      ollama: /"Let me look\."/,
      anthropic: /^\[\{"type":"thinking","thinking":"Let me look\.","signature":"sig\+\/="\}\]$/,
      gemini:
        /^\[\{"functionCall":\{"name":"ping","args":\{"host":"1\.1\.1\.1"\},"id":"call_a1"\},"thoughtSignature":"sig\+\/="\}\]$/,
      "openai-responses":
        /^\[\{"type":"reasoning","id":"rs_1","summary":\[\],"encrypted_content":"sealed Let me look\."\}\]$/,
    };
    assert.match(back, proof[wire.name] ?? /^never$/);
    if (wire.name === "openai") continue;
    assert.deepEqual(wire.reasoning(await bodyAfter(bench, wire, parts, "other-model")), []);
  }
});

on("12 reasoning alone is an empty answer", async (wire, bench) => {
  const { parts, answer } = await bench.answer(wire.stream({ thinking: "hm", finish: "length" }));
  assert.deepEqual([parts, answer.stop], [[], "length"]);
});

on(
  "12 thinking has room in the bound beside the answer, and less where the bound counts itself",
  async (wire, bench) => {
    const sent = JSON.stringify(await bodyOf(bench, wire, ASK));
    const bound = /"(?:max_tokens|max_output_tokens|maxOutputTokens|num_predict)":(\d+)/.exec(sent)?.[1];
    const tight = wire.name === "openai" || wire.name === "ollama";
    assert.equal(Number(bound), ASK.maxTokens + (tight ? MODEL_THOUGHTS_TIGHT_TOKENS : MODEL_THOUGHTS_TOKENS));
  },
);

on("13 usage absent", async (wire, bench) => {
  const { answer } = await bench.answer(wire.stream({ texts: ["ok"] }));
  assert.equal(answer.usage.inTokens, 0);
});

on("14 line ends, comments, marks and a missing end of line", async (wire, bench) => {
  const body = wire.stream({ texts: ["ok 👋"] });
  const bodies = [body.replaceAll("\n", "\r\n"), `\ufeff${body}`, `\n\n${body}`, body.trimEnd()];
  if (isSse(wire))
    bodies.push(body.replaceAll("\n", "\r"), `: keep-alive\n\n${body}`, body.replaceAll("data: ", "data:"));
  for (const b of bodies) assert.equal((await bench.answer(b)).text, "ok 👋");
});

on("15 an error inside a 200, streamed", async (wire, bench) => {
  for (const body of [wire.stream({ texts: ["I will"], finish: "never" }) + wire.failure, wire.failure]) {
    const f = await bench.refused(body);
    assert.match(f.what, /Slow down/);
    if (wire.name !== "ollama") assert.deepEqual([f.fault, f.code], ["limit", "model_rate"]);
  }
});

on("16 a truncated stream is a fault and never half a call", async (wire, bench) => {
  for (const says of [{ texts: ["I wi"] }, { calls: TWO }, { thinking: "hm", calls: TWO }]) {
    const f = await bench.refused(wire.stream({ ...says, finish: "never" }));
    assert.deepEqual([f.fault, f.code], ["failed", "model_truncated"]);
  }
  const body = encodeUtf8(wire.stream({ texts: ["Hm."], calls: TWO }));
  for (let at = 1; at < body.length; at += 7) {
    const { outcome } = await bench.run({ pieces: [body.subarray(0, at)] });
    const calls = isFault(outcome) ? [] : outcome.parts.filter((p) => p.kind === "call");
    assert.ok(isFault(outcome) || calls.length === 2, `cut at ${at}`);
  }
});

on(
  "16 a batch of calls that was cut at the token limit is not run in part",
  async (wire, bench) => {
    const calls = [TWO[0] ?? { name: "", args: "" }, { id: "b", name: "ping", args: '{"ho' }];
    const cut = await bench.answer(wire.stream({ calls, finish: "length" }));
    assert.deepEqual([cut.calls, cut.answer.stop], [[], "length"]);
  },
  hasTextArgs,
);

on("17 an answer that has ended survives a connection that does not", async (wire, bench) => {
  const hangs = await bench.run({ pieces: [wire.stream({ texts: ["ok"] })], end: "hang" });
  assert.ok(!isFault(hangs.outcome));
  assert.ok(hangs.world.nowMs() <= 2 * MODEL_TAIL_MS + 2_000);
});

on("18 JSON although a stream was asked for, and the reverse", async (wire, bench) => {
  assert.equal((await bench.answer(wire.whole({ texts: ["ok"] }))).text, "ok");
  assert.equal((await bench.answer(JSON.stringify(JSON.parse(wire.whole({ texts: ["ok"] })), null, 2))).text, "ok");
  assert.equal((await bench.answer(wire.stream({ texts: ["ok"] }), { stream: false })).text, "ok");
});

on("20 web pages with any status, other text, and an empty body", async (_wire, bench) => {
  const page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>x</body></html>";
  assert.equal((await bench.refused(page)).code, "model_page");
  for (const status of [403, 502, 520, 524]) assert.match((await bench.refused(page, status)).what, /502 Bad Gateway/);
  for (const empty of ["", "  \n"]) assert.equal((await bench.refused(empty)).code, "model_empty");
  assert.equal((await bench.refused("upstream connect error")).fault, "failed");
});

on("21 the error as string, list, detail, message, errors", async (_wire, bench) => {
  const shapes = [
    { error: "no such thing" },
    [{ error: { code: 400, message: "no such thing", status: "INVALID_ARGUMENT" } }],
    { detail: "no such thing" },
    { message: "no such thing" },
    { errors: [{ message: "no such thing" }] },
    { type: "error", error: { type: "invalid_request_error", message: "no such thing" }, request_id: "r" },
  ];
  for (const shape of shapes) {
    const f = await bench.refused(JSON.stringify(shape), 400);
    assert.deepEqual([f.fault, f.code], ["input", "model_refused"]);
    assert.match(f.what, /no such thing/);
    assert.ok(isFault((await bench.run({ pieces: [JSON.stringify(shape)] })).outcome), "also under a status of 200");
  }
});

on("22 Retry-After, and a quota that does not clear", async (_wire, bench) => {
  const body = JSON.stringify({ error: { message: "Rate limit reached", type: "rate_limit_error" } });
  assert.equal((await bench.refused(body, 429, [["retry-after", "7"]])).retryAfterMs, 7_000);
  assert.equal((await bench.refused(body, 429, [["retry-after", "999999999"]])).retryAfterMs, undefined);
  const quota = await bench.refused(JSON.stringify({ error: { message: "insufficient_quota" } }), 429);
  assert.deepEqual([quota.fault, quota.code], ["denied", "model_quota"]);
  const google = (quotaId: string): string =>
    JSON.stringify({
      error: {
        code: 429,
        message: "You exceeded your current quota, please check your plan and billing details.",
        status: "RESOURCE_EXHAUSTED",
        details: [
          { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34s" },
        ],
      },
    });
  const minute = await bench.refused(google("GenerateRequestsPerMinutePerProjectPerModel"), 429);
  assert.deepEqual([minute.code, minute.retryAfterMs], ["model_rate", 34_000]);
  assert.equal(
    (await bench.refused(google("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), 429)).code,
    "model_quota",
  );
});

on("22 a clock that stands years away makes no wait of years", async (_wire, bench) => {
  const body = JSON.stringify({ error: { message: "Rate limit reached", type: "rate_limit_error" } });
  for (const at of [0, 4_000_000_000_000]) {
    const f = await bench.refused(body, 429, [["retry-after", new Date(at).toUTCString()]]);
    assert.ok((f.retryAfterMs ?? 0) === 0, `${f.retryAfterMs}`);
  }
});

on("23 402 and the other refusals, each with what to do", async (_wire, bench) => {
  const expected: ReadonlyArray<readonly [number, string]> = [
    [401, "model_key"],
    [402, "model_quota"],
    [403, "model_forbidden"],
    [404, "model_missing"],
    [413, "model_context"],
    [422, "model_refused"],
    [500, "model_failed"],
    [529, "model_overloaded"],
  ];
  for (const [status, code] of expected) {
    const f = await bench.refused(JSON.stringify({ error: { message: `said ${status}` } }), status);
    assert.equal(f.code, code, `status ${status}`);
    assert.ok(f.next !== undefined && f.next !== "");
  }
  const key = JSON.stringify({
    error: {
      code: 400,
      message: "API key not valid.",
      status: "INVALID_ARGUMENT",
      details: [{ reason: "API_KEY_INVALID" }],
    },
  });
  assert.equal((await bench.refused(key, 400)).code, "model_key");
});

on("23 a key that comes back in an error is not shown", async (_wire, bench) => {
  const body = JSON.stringify({ error: { message: "Incorrect API key: sk-test-0123456789abcdef." } });
  assert.match(sayFault(await bench.refused(body, 401)), /<secret:key>/);
});

on(
  "24 a refusal is told apart, and nothing of it is run",
  async (wire, bench) => {
    const { answer } = await bench.answer(wire.stream({ finish: "refused", texts: [""] }));
    assert.deepEqual([answer.parts, answer.stop], [[], "refused"]);
  },
  (wire) => wire.name !== "ollama",
);

on("25 another model's name in the answer", async (wire, bench) => {
  assert.equal((await bench.answer(wire.stream({ texts: ["ok"], model: "other-2026-01-01" }))).text, "ok");
});

on("26 lone surrogates and NUL", async (wire, bench) => {
  const body = wire.stream({ texts: ["hi MARK!"] }).replace("MARK", "\\ud800\\u0000");
  assert.equal((await bench.answer(body)).text, "hi \ufffd!");
  const sent = await bodyOf(bench, wire, { ...ASK, messages: [{ role: "user", text: "a\ud800b\u0000c" }] });
  assert.match(JSON.stringify(sent), /a\ufffdbc/);
});

on("26 bytes that are no UTF-8", async (wire, bench) => {
  const bytes = encodeUtf8(wire.stream({ texts: ["hi X!"] }));
  bytes[bytes.indexOf(0x58)] = 0xff;
  assert.equal((await bench.answer(bytes)).text, "hi \ufffd!");
});

on("28 first byte and idle time are bounded apart", async (wire, bench) => {
  const body = wire.stream({ texts: ["a", "b"] });
  const half = Math.floor(body.length / 2);
  const pieces = [body.slice(0, half), body.slice(half)];
  const patient = await bench.run({ pieces, firstMs: MODEL_FIRST_BYTE_MS - 1_000, gapMs: MODEL_IDLE_MS - 1_000 });
  assert.ok(!isFault(patient.outcome));
  const mute = await bench.run({ pieces, firstMs: MODEL_FIRST_BYTE_MS + 1_000 });
  assert.ok(isFault(mute.outcome) && mute.outcome.code === "model_silent");
  const idle = await bench.run({ pieces, gapMs: MODEL_IDLE_MS + 1_000 });
  assert.ok(isFault(idle.outcome) && /nothing came/.test(idle.outcome.what));
});

on("30 names and ids that a service would refuse", async (wire, bench) => {
  const callId = "call:1 / odd";
  const parts: Part[] = [{ kind: "call", callId, name: `9 odd name!${"x".repeat(80)}`, argsJson: "{}" }];
  const messages: Message[] = [
    ...ASK.messages,
    { role: "assistant", parts },
    { role: "tool", callId, text: "ok", isError: false },
  ];
  const { names, ids, results } = wire.calls(await bodyOf(bench, wire, { ...ASK, messages }));
  assert.match(names[0] ?? "", /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
  assert.deepEqual(ids, results);
  if (wire.name !== "openai") assert.match(String(ids[0]), /^[A-Za-z0-9_-]{1,64}$/);
});

on("31 roles alternate, and every call is answered at once", async (wire, bench) => {
  const call = (id: string): Message => ({
    role: "assistant",
    parts: [{ kind: "call", callId: id, name: "ping", argsJson: "{}" }],
  });
  const result = (id: string): Message => ({ role: "tool", callId: id, text: "ok", isError: false });
  const user = (text: string): Message => ({ role: "user", text });
  const messages = [
    user("a"),
    user("b"),
    call("a"),
    user("c"),
    { role: "assistant" as const, parts: [] },
    user("d"),
    call("b"),
    result("b"),
    result("x"),
  ];
  const sent = await bodyOf(bench, wire, { ...ASK, system: "", messages });
  const roles = wire.roles(sent);
  const wanted = ["user", "assistant", "result", "user", "assistant", "result"];
  // Anthropic takes the results and the words of a person in one message.
  if (wire.name === "anthropic") wanted.splice(3, 1);
  assert.deepEqual(roles, wanted);
  assert.match(JSON.stringify(sent), /a\\n\\nb/);
});

on("31 a history that was cut before a person's words", async (wire, bench) => {
  const messages: Message[] = [{ role: "assistant", parts: [{ kind: "text", text: "As I said." }] }, ...ASK.messages];
  const roles = wire.roles(await bodyOf(bench, wire, { ...ASK, system: "", messages }));
  const demands = wire.name === "anthropic" || wire.name === "gemini";
  assert.deepEqual(roles, demands ? ["user", "assistant", "user"] : ["assistant", "user"]);
});

on("a tool's error is told as one", async (wire, bench) => {
  const parts: Part[] = [{ kind: "call", callId: "a1", name: "ping", argsJson: "{}" }];
  const tool = (isError: boolean): Message => ({ role: "tool", callId: "a1", text: "no route", isError });
  const sent = async (isError: boolean): Promise<string> => {
    const messages: Message[] = [...ASK.messages, { role: "assistant", parts }, tool(isError)];
    return JSON.stringify(await bodyOf(bench, wire, { ...ASK, messages }));
  };
  const told = /"is_error":true|"error":"no route"|"Error: no route"/;
  assert.match(await sent(true), told);
  assert.doesNotMatch(await sent(false), told);
});

on("32 no schema is called strict", async (wire, bench) => {
  assert.doesNotMatch(JSON.stringify(await bodyOf(bench, wire, ASK)), /"strict":true/);
});

on("context overflow is told apart", async (_wire, bench) => {
  for (const message of [
    "prompt is too long: 212000 tokens > 200000 maximum",
    "The input token count (1200000) exceeds the maximum number of tokens allowed",
    "This model's maximum context length is 8192 tokens",
  ]) {
    const f = await bench.refused(JSON.stringify({ error: { message } }), 400);
    assert.deepEqual([f.fault, f.code], ["limit", "model_context"]);
  }
});

on("an answer and its calls are bounded, and one line of ten megabytes", async (wire, bench) => {
  const big = "x".repeat(ANSWER_BYTES_MAX / 4);
  assert.ok(!isFault((await bench.run({ pieces: [wire.stream({ texts: [big, big, big] })] })).outcome));
  const over = await bench.run({ pieces: [wire.stream({ texts: Array(5).fill(big) })] });
  assert.ok(isFault(over.outcome) && over.outcome.fault === "limit");
  const calls = (n: number): string =>
    wire.stream({ calls: [...Array(n).keys()].map((i) => ({ id: `id${i}`, name: "ping", args: "{}" })) });
  assert.ok(!isFault((await bench.run({ pieces: [calls(MODEL_CALLS_MAX)] })).outcome));
  assert.ok(isFault((await bench.run({ pieces: [calls(MODEL_CALLS_MAX + 1)] })).outcome));
  const line = await bench.run({ pieces: [wire.stream({ texts: ["x".repeat(10_000_000)] })] });
  assert.ok(isFault(line.outcome) && line.outcome.code === "model_answer_size");
  // One that never ends is not gathered either.
  const begun = wire.stream({ texts: ["a"], finish: "never" });
  const endless = Array<string>(400).fill("x".repeat(1_000));
  const never = await bench.run({ pieces: [begun, isSse(wire) ? "data: " : "", ...endless] });
  assert.ok(isFault(never.outcome) && never.outcome.fault === "limit");
});

on("a redirect is not followed", async (_wire, bench) => {
  const { outcome, http } = await bench.run({ status: 307, headers: [["location", "http://other.test/"]] });
  assert.ok(isFault(outcome) && outcome.code === "model_redirect");
  assert.equal(http.asked.length, 1);
});

on("nothing that a service sends makes it throw", async (wire, bench) => {
  const odd = [
    "null",
    "7",
    "[]",
    "[[]]",
    '"x"',
    "{}",
    '{"type":"message_start"}',
    '{"type":"content_block_delta","index":"a"}',
  ];
  const odder = [
    '{"candidates":[{"content":{"parts":[null,7,{}]}}]}',
    '{"message":null}',
    '{"choices":{}}',
    '{"output":[null]}',
  ];
  const events = [
    '{"type":"response.output_item.added","item":null}',
    '{"message":{"tool_calls":[null,{"function":7}]}}',
  ];
  const all = [...odd, ...odder, ...events];
  const body = isSse(wire) ? all.map((x) => `data: ${x}\n\n`).join("") : `${all.join("\n")}\n`;
  const { outcome } = await bench.run({ pieces: [body] });
  assert.ok(outcome !== null);
  for (const text of all) assert.ok((await bench.run({ pieces: [text] })).outcome !== null);
});
