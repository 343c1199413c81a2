// The OpenAI dialect against what its many services really send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, sayFault } from "../../src/base/fault.ts";
import {
  ANSWER_BYTES_MAX,
  MODEL_CALLS_MAX,
  MODEL_FIRST_BYTE_MS,
  MODEL_IDLE_MS,
  MODEL_TAIL_MS,
} from "../../src/base/limits.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import type { ModelConfig } from "../../src/edges/providers/dialect.ts";
import { openai } from "../../src/edges/providers/openai.ts";
import { ASK, chunk, makeBench, piece, sse, whole } from "./provider-suite.ts";

const bench = makeBench<ModelConfig>(openai, (settings) => settings);
const END = chunk({}, "stop");
const TOOLS = chunk({}, "tool_calls");
const PING = '{"host":"1.1.1.1"}';

test("plain text, streamed and whole, with usage", async () => {
  const usage = {
    prompt_tokens: 12,
    completion_tokens: 3,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 8 },
  };
  const body = sse([
    chunk({ role: "assistant", content: "" }),
    chunk({ content: "Grüß" }),
    chunk({ content: " Gott 👋" }),
    END,
    { choices: [], usage },
  ]);
  const expected = {
    parts: [{ kind: "text", text: "Grüß Gott 👋" }],
    stop: "end",
    usage: { inTokens: 12, outTokens: 3, cachedTokens: 8 },
  };
  assert.deepEqual((await bench.answer(body)).answer, expected);
  assert.deepEqual(
    (await bench.answer(whole({ role: "assistant", content: "Grüß Gott 👋" }, "stop", { usage }), { stream: false }))
      .answer,
    expected,
  );
});

test("1 parallel tool calls interleaved", async () => {
  const { calls, answer } = await bench.answer(
    sse([
      chunk(piece(0, "a", "ping", "")),
      chunk(piece(1, "b", "get_leases", "")),
      chunk(piece(0, undefined, undefined, '{"host":')),
      chunk(piece(1, undefined, undefined, "{")),
      chunk(piece(0, undefined, undefined, '"1.1.1.1"}')),
      chunk(piece(1, undefined, undefined, "}")),
      TOOLS,
    ]),
  );
  assert.deepEqual(calls, [
    { id: "a", name: "ping", args: PING },
    { id: "b", name: "get_leases", args: "{}" },
  ]);
  assert.equal(answer.stop, "tools");
});

test("2 index missing or always 0", async () => {
  for (const index of [undefined, 0]) {
    const byId = await bench.answer(
      sse([
        chunk(piece(index, "a", "ping", '{"host":')),
        chunk(piece(index, "a", undefined, '"1.1.1.1"}')),
        chunk(piece(index, "b", "get_leases", "{}")),
        TOOLS,
      ]),
    );
    assert.deepEqual(
      byId.calls.map((c) => [c.id, c.args]),
      [
        ["a", PING],
        ["b", "{}"],
      ],
    );
    const byName = await bench.answer(
      sse([
        chunk(piece(index, undefined, "ping", PING)),
        chunk(piece(index, undefined, "ping", '{"host":"8.8.8.8"}')),
        TOOLS,
      ]),
    );
    assert.deepEqual(
      byName.calls.map((c) => c.args),
      [PING, '{"host":"8.8.8.8"}'],
    );
    assert.equal(new Set(byName.calls.map((c) => c.id)).size, 2);
  }
});

test("2 the same tool twice under one index, told apart by id alone", async () => {
  const { calls } = await bench.answer(
    sse([
      chunk(piece(0, "a", "ping", "")),
      chunk(piece(0, undefined, undefined, PING)),
      chunk(piece(0, "b", "ping", "")),
      chunk(piece(0, undefined, undefined, '{"host":"8.8.8.8"}')),
      TOOLS,
    ]),
  );
  assert.deepEqual(
    calls.map((c) => [c.id, c.args]),
    [
      ["a", PING],
      ["b", '{"host":"8.8.8.8"}'],
    ],
  );
});

test("3 id missing, empty, repeated in every delta, or shared by two calls", async () => {
  const missing = await bench.answer(
    sse([chunk(piece(0, undefined, "ping", PING)), chunk(piece(1, "", "get_leases", "{}")), TOOLS]),
  );
  assert.equal(missing.calls.length, 2);
  for (const c of missing.calls) assert.match(c.id, /^[A-Za-z0-9]{9}$/);
  const repeated = await bench.answer(
    sse([chunk(piece(0, "a", "ping", '{"host":')), chunk(piece(0, "a", "", '"1.1.1.1"}')), TOOLS]),
  );
  assert.deepEqual(repeated.calls, [{ id: "a", name: "ping", args: PING }]);
  const shared = await bench.answer(
    sse([chunk(piece(0, "a", "ping", PING)), chunk(piece(1, "a", "get_leases", "{}")), TOOLS]),
  );
  assert.equal(new Set(shared.calls.map((c) => c.id)).size, 2);
});

test("3 invented ids differ from those of earlier turns", async () => {
  const body = sse([chunk(piece(0, undefined, "ping", PING)), TOOLS]);
  const first = await bench.answer(body);
  const id = first.calls[0]?.id ?? "";
  const ask = {
    ...ASK,
    messages: [
      ...ASK.messages,
      { role: "assistant" as const, parts: first.parts },
      { role: "tool" as const, callId: id, text: "ok", isError: false },
    ],
  };
  const second = await bench.answer(body, {}, ask);
  assert.notEqual(second.calls[0]?.id, id);
});

test("4 name split over deltas or repeated whole in each", async () => {
  const split = await bench.answer(
    sse([
      chunk(piece(0, "a", "get_", "")),
      chunk(piece(0, undefined, "leases", "")),
      chunk(piece(0, undefined, undefined, "{}")),
      TOOLS,
    ]),
  );
  assert.deepEqual(split.calls, [{ id: "a", name: "get_leases", args: "{}" }]);
  const repeated = await bench.answer(
    sse([
      chunk(piece(0, "a", "ping", '{"host":')),
      chunk(piece(0, undefined, "ping", '"1.1.1.1"')),
      chunk(piece(0, undefined, "ping", "}")),
      TOOLS,
    ]),
  );
  assert.deepEqual(repeated.calls, [{ id: "a", name: "ping", args: PING }]);
});

test("5 arguments as object, null, empty, or pieces and then all of them again", async () => {
  const args = async (...pieces: unknown[]): Promise<string | undefined> => {
    const body = sse([
      chunk(piece(0, "a", "ping", pieces[0])),
      ...pieces.slice(1).map((p) => chunk(piece(0, undefined, undefined, p))),
      TOOLS,
    ]);
    return (await bench.answer(body)).calls[0]?.args;
  };
  assert.equal(await args({ host: "1.1.1.1" }), PING);
  assert.equal(await args(null), "{}");
  assert.equal(await args(""), "{}");
  assert.equal(await args('{"host":', '"1.1.1.1"}', PING), PING);
});

test("6 arguments that are no JSON are handed on as they are", async () => {
  for (const bad of ['{"host":"1.1.1.1",}', "{'host':'x'}", "```json\n{}\n```", '{"a":1}{"b":2}']) {
    const { calls, answer } = await bench.answer(sse([chunk(piece(0, "a", "ping", bad)), TOOLS]));
    assert.equal(calls[0]?.args, bad);
    assert.equal(answer.stop, "tools");
  }
});

test("7 calls with any finish_reason, and tool_calls without a call", async () => {
  for (const finish of ["stop", ""]) {
    const { answer } = await bench.answer(sse([chunk(piece(0, "a", "ping", PING)), chunk({}, finish)]));
    assert.equal(answer.stop, "tools");
  }
  const never = await bench.answer(sse([chunk(piece(0, "a", "ping", PING))]));
  assert.equal(never.answer.stop, "tools");
  const none = await bench.answer(sse([chunk({ content: "Nothing to do." }), TOOLS]));
  assert.deepEqual([none.text, none.answer.stop], ["Nothing to do.", "end"]);
});

test("8 a whole call in one chunk, or only in the final message", async () => {
  const call = { id: "a", type: "function", function: { name: "ping", arguments: PING } };
  const final = {
    id: "c",
    choices: [
      { index: 0, message: { role: "assistant", content: "Hm.", tool_calls: [call] }, finish_reason: "tool_calls" },
    ],
  };
  const only = await bench.answer(sse([final]));
  assert.deepEqual([only.text, only.calls], ["Hm.", [{ id: "a", name: "ping", args: PING }]]);
  const again = await bench.answer(
    sse([chunk({ content: "H" }), chunk({ content: "m." }), chunk(piece(0, "a", "ping", PING)), final]),
  );
  assert.deepEqual([again.text, again.calls], [only.text, only.calls]);
});

test("9 delta missing or null, no choices, message in a stream", async () => {
  const odd = [
    { choices: [] },
    { choices: [{ index: 0, delta: null }] },
    { choices: [{ index: 0 }] },
    { choices: null },
    null,
    7,
    [],
  ];
  const { text } = await bench.answer(sse([...odd, chunk({ content: "ok" }), END]));
  assert.equal(text, "ok");
});

test("10 reasoning is not shown, in whatever field it comes", async () => {
  const fields = [
    { reasoning_content: "hm" },
    { reasoning: "hm" },
    { thinking: "hm" },
    { reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] },
  ];
  for (const field of fields) {
    const { parts } = await bench.answer(sse([chunk({ ...field, content: null }), chunk({ content: "Yes." }), END]));
    assert.deepEqual(parts, [{ kind: "text", text: "Yes." }]);
  }
});

test("10 <think> inside content, split anywhere", async () => {
  for (const texts of [
    ["<think>hm</think>\n\nYes."],
    ["<th", "ink>h", "m</thi", "nk>", "\nYes."],
    [" \n<think>", "a < b", "</think>Yes."],
  ]) {
    const { parts } = await bench.answer(sse([...texts.map((content) => chunk({ content })), END]));
    assert.deepEqual(parts, [{ kind: "text", text: "Yes." }]);
  }
  const literal = await bench.answer(sse([chunk({ content: "Use <think> here, or <th" }), END]));
  assert.equal(literal.text, "Use <think> here, or <th");
  const short = await bench.answer(sse([chunk({ content: "<thi" }), END]));
  assert.equal(short.text, "<thi");
});

test("11 reasoning of a message with calls is handed back, even when empty", async () => {
  for (const reasoning of ["Let me look.", ""]) {
    const { parts } = await bench.answer(
      sse([chunk({ reasoning_content: reasoning }), chunk(piece(0, "a", "ping", PING)), TOOLS]),
    );
    const ask = {
      ...ASK,
      messages: [
        ...ASK.messages,
        { role: "assistant" as const, parts },
        { role: "tool" as const, callId: "a", text: "3 ms", isError: false },
      ],
    };
    const { http } = await bench.run({ pieces: [sse([chunk({ content: "ok" }), END])] }, ask);
    const sent = JSON.parse(http.asked[0]?.body ?? "{}").messages;
    assert.equal(sent[2].reasoning_content, reasoning);
    const other = await bench.run({ pieces: [sse([chunk({ content: "ok" }), END])] }, ask, {
      baseUrl: "http://other.test/v1",
    });
    assert.equal("reasoning_content" in JSON.parse(other.http.asked[0]?.body ?? "{}").messages[2], false);
  }
});

test("11 reasoning_details are joined and handed back", async () => {
  const detail = (text: string, more = {}) => ({
    reasoning_details: [{ type: "reasoning.text", index: 0, text, ...more }],
  });
  const { parts } = await bench.answer(
    sse([chunk(detail("a")), chunk(detail("b", { signature: "s" })), chunk(piece(0, "a", "ping", PING)), TOOLS]),
  );
  const opaque = parts.find((p) => p.kind === "opaque");
  assert.deepEqual(JSON.parse(opaque?.kind === "opaque" ? opaque.data : "{}"), {
    reasoning_details: [{ type: "reasoning.text", index: 0, text: "ab", signature: "s" }],
  });
});

test("a call that the service itself could not read may be tried again", async () => {
  const message = "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.";
  const error = { message, type: "invalid_request_error", code: "tool_use_failed", failed_generation: "<function=x" };
  const f = await bench.refused(JSON.stringify({ error }), 400);
  assert.deepEqual([f.fault, f.code], ["failed", "model_call_broken"]);
});

test("12 reasoning alone is an empty answer", async () => {
  const { parts, answer } = await bench.answer(
    sse([chunk({ reasoning_content: "hm", content: "" }), chunk({}, "length")]),
  );
  assert.deepEqual([parts, answer.stop], [[], "length"]);
});

test("13 usage null, absent, in every chunk, in the last one, after [DONE], in x_groq", async () => {
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
  const bodies = [
    sse([
      chunk({ content: "a" }, null, { usage: { prompt_tokens: 5, completion_tokens: 1 } }),
      chunk({}, "stop", { usage }),
    ]),
    sse([chunk({ content: "a" }, null, { usage: null }), chunk({}, "stop", { usage })]),
    `${sse([chunk({ content: "a" }), END])}data: ${JSON.stringify({ choices: [], usage })}\n\n`,
    sse([chunk({ content: "a" }), chunk({}, "stop", { x_groq: { usage } })]),
    sse([chunk({ content: "a" }), { choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] }]),
  ];
  for (const body of bodies)
    assert.deepEqual((await bench.answer(body)).answer.usage, { inTokens: 5, outTokens: 2, cachedTokens: 0 });
  for (const cached of [
    { prompt_tokens_details: { cached_tokens: 4 } },
    { prompt_cache_hit_tokens: 4 },
    { cached_tokens: 4 },
  ]) {
    const { answer } = await bench.answer(
      sse([chunk({ content: "a" }), chunk({}, "stop", { usage: { ...usage, ...cached } })]),
    );
    assert.equal(answer.usage.cachedTokens, 4, JSON.stringify(cached));
  }
  const none = await bench.answer(
    sse([chunk({ content: "a" }, null, { usage: { prompt_tokens: -1, completion_tokens: "x" } }), END]),
  );
  assert.deepEqual(none.answer.usage, { inTokens: 0, outTokens: 0, cachedTokens: 0 });
});

test("14 comments, event lines, CRLF, no space, several data lines, BOM, no blank line at the end", async () => {
  const data = JSON.stringify(chunk({ content: "ok 👋" }));
  const [head, tail] = [data.slice(0, data.indexOf("choices") - 1), data.slice(data.indexOf("choices") - 1)];
  const bodies = [
    `: OPENROUTER PROCESSING\n\n: keep-alive\n\n${sse([chunk({ content: "ok 👋" }), END])}`,
    `event: message\nid: 1\ndata: ${data}\n\ndata: [DONE]\n\n`,
    `data: ${data}\r\n\r\ndata: [DONE]\r\n\r\n`,
    `data:${data}\n\ndata:[DONE]\n\n`,
    `data: ${head}\ndata: ${tail}\n\ndata: [DONE]\n\n`,
    `\ufeffdata: ${data}\n\ndata: [DONE]\n\n`,
    `data: ${data}\n\ndata: [DONE]\n`,
    `data: ${data}\n\ndata: [DONE]`,
    `\n\ndata: ${data}\r\rdata: [DONE]\r\r`,
  ];
  for (const body of bodies) assert.equal((await bench.answer(body)).text, "ok 👋");
});

test("15 an error inside a 200, streamed", async () => {
  const half = chunk({ content: "I will" });
  const rate = await bench.refused(sse([half, { error: { message: "Slow down", code: 429 } }]));
  assert.deepEqual([rate.fault, rate.code], ["limit", "model_rate"]);
  const old = await bench.refused(sse([{ object: "error", message: "boom", code: 500 }]));
  assert.match(old.what, /boom/);
  const named = await bench.refused(
    `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`,
  );
  assert.deepEqual([named.fault, named.code], ["failed", "model_overloaded"]);
  const finish = await bench.refused(sse([half, chunk({}, "error")]));
  assert.equal(finish.fault, "failed");
});

test("16 a truncated stream is a fault and never half a call", async () => {
  for (const body of [
    sse([chunk({ content: "I wi" })], ""),
    sse([chunk(piece(0, "a", "ping", '{"ho'))], ""),
    `${sse([chunk(piece(0, "a", "ping", PING))], "")}data: {"choices":[{"ind`,
  ]) {
    const f = await bench.refused(body);
    assert.deepEqual([f.fault, f.code], ["failed", "model_truncated"]);
  }
});

test("16 a batch of calls that was cut at the token limit is not run in part", async () => {
  const cut = await bench.answer(
    sse([chunk(piece(0, "a", "ping", PING)), chunk(piece(1, "b", "ping", '{"ho')), chunk({}, "length")]),
  );
  assert.deepEqual([cut.calls, cut.answer.stop], [[], "length"]);
  const done = await bench.answer(sse([chunk(piece(0, "a", "ping", PING)), chunk({}, "length")]));
  assert.deepEqual([done.calls.length, done.answer.stop], [1, "tools"]);
});

test("17 [DONE] missing after a finish_reason", async () => {
  assert.equal((await bench.answer(sse([chunk({ content: "ok" }), END], ""))).text, "ok");
});

test("17 an answer that has ended survives a connection that does not", async () => {
  const pieces = [sse([chunk({ content: "ok" }), END], "")];
  const hangs = await bench.run({ pieces, end: "hang" });
  assert.ok(!isFault(hangs.outcome));
  assert.ok(hangs.world.nowMs() <= 2 * MODEL_TAIL_MS + 2_000);
});

test("18 JSON although a stream was asked for, and the reverse", async () => {
  assert.equal((await bench.answer(whole({ role: "assistant", content: "ok" }))).text, "ok");
  assert.equal((await bench.answer(sse([chunk({ content: "ok" }), END]), { stream: false })).text, "ok");
});

test("19 content as a list of parts", async () => {
  const content = [
    { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
    { type: "text", text: "Yes" },
    { type: "text", text: "." },
  ];
  assert.equal((await bench.answer(whole({ role: "assistant", content }))).text, "Yes.");
  assert.equal((await bench.answer(sse([chunk({ content }), END]))).text, "Yes.");
});

test("20 web pages with any status, and an empty body", async () => {
  const page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>";
  const ok = await bench.refused(page);
  assert.deepEqual([ok.fault, ok.code], ["failed", "model_page"]);
  for (const status of [502, 503, 520, 524]) {
    const f = await bench.refused(page, status);
    assert.deepEqual([f.fault, f.code], ["failed", status === 503 ? "model_overloaded" : "model_failed"]);
    assert.match(f.what, /502 Bad Gateway/);
  }
  assert.equal((await bench.refused(page, 403)).code, "model_forbidden");
  assert.equal((await bench.refused("")).code, "model_empty");
  assert.equal((await bench.refused("  \n")).code, "model_empty");
  assert.equal((await bench.refused("", 500)).fault, "failed");
});

test("20 text that is neither events nor JSON", async () => {
  assert.equal((await bench.refused("upstream connect error")).fault, "failed");
  assert.equal((await bench.refused('{"choices":[{"index":0,')).code, "model_json");
  assert.equal((await bench.refused("data: {broken\n\ndata: [DONE]\n\n")).code, "model_json");
});

test("21 the error as string, list, detail, message, errors", async () => {
  const shapes = [
    { error: "no such thing" },
    [{ error: { code: 400, message: "no such thing", status: "INVALID_ARGUMENT" } }],
    { detail: "no such thing" },
    { detail: [{ loc: ["body"], msg: "no such thing" }] },
    { message: "no such thing" },
    { errors: [{ message: "no such thing" }] },
    { error: { message: "no such thing", type: "invalid_request_error", param: null, code: null } },
  ];
  for (const shape of shapes) {
    const f = await bench.refused(JSON.stringify(shape), 400);
    assert.deepEqual([f.fault, f.code], ["input", "model_refused"]);
    assert.match(f.what, /no such thing/);
    assert.ok(isFault((await bench.run({ pieces: [JSON.stringify(shape)] })).outcome), "also under a status of 200");
  }
});

test("22 Retry-After in seconds, as date, in milliseconds, absurd; a quota does not clear", async () => {
  const body = JSON.stringify({ error: { message: "Rate limit reached", code: "rate_limit_exceeded" } });
  const wait = async (...headers: Array<[string, string]>): Promise<number | undefined> => {
    const f = await bench.refused(body, 429, headers);
    assert.deepEqual([f.fault, f.code], ["limit", "model_rate"]);
    return f.retryAfterMs;
  };
  assert.equal(await wait(["Retry-After", "7"]), 7_000);
  assert.equal(await wait(["retry-after", "0.5"]), 500);
  assert.equal(await wait(["Retry-After", "7"], ["retry-after-ms", "1500"]), 1_500);
  assert.equal(await wait(["Retry-After", new Date(1_750_000_000_000 + 30_000).toUTCString()]), 30_000);
  assert.equal(await wait(["Retry-After", "999999999"]), undefined);
  assert.equal(await wait(["Retry-After", "soon"]), undefined);
  assert.equal(await wait(), undefined);
  const quota = await bench.refused(
    JSON.stringify({ error: { message: "You exceeded your current quota", code: "insufficient_quota" } }),
    429,
    [["retry-after", "1"]],
  );
  assert.deepEqual([quota.fault, quota.code, quota.retryAfterMs], ["denied", "model_quota", undefined]);
  const overloaded = await bench.refused("{}", 503, [["retry-after", "3"]]);
  assert.deepEqual([overloaded.fault, overloaded.retryAfterMs], ["failed", 3_000]);
});

test("23 402 and the other refusals, each with what to do", async () => {
  const expected: ReadonlyArray<readonly [number, string, string]> = [
    [401, "denied", "model_key"],
    [402, "denied", "model_quota"],
    [403, "denied", "model_forbidden"],
    [404, "missing", "model_missing"],
    [405, "missing", "model_missing"],
    [408, "timeout", "model_timeout"],
    [413, "limit", "model_context"],
    [422, "input", "model_refused"],
    [429, "limit", "model_rate"],
    [301, "input", "model_redirect"],
    [500, "failed", "model_failed"],
    [529, "failed", "model_overloaded"],
  ];
  for (const [status, kind, code] of expected) {
    const f = await bench.refused(JSON.stringify({ error: { message: `said ${status}` } }), status);
    assert.deepEqual([f.fault, f.code], [kind, code], `status ${status}`);
    assert.match(f.what, new RegExp(`said ${status}`));
    assert.ok(f.next !== undefined && f.next !== "");
  }
});

test("23 a key that comes back in an error is not shown", async () => {
  const f = await bench.refused(
    JSON.stringify({ error: { message: `Incorrect API key provided: sk-test-0123456789abcdef.` } }),
    401,
  );
  assert.match(sayFault(f), /<secret:key>/);
});

test("24 refusal field and content_filter", async () => {
  const refusal = await bench.answer(sse([chunk({ refusal: "I can" }), chunk({ refusal: "not." }), END]));
  assert.deepEqual([refusal.text, refusal.answer.stop], ["I cannot.", "refused"]);
  const filter = await bench.answer(sse([chunk({ content: "" }), chunk({}, "content_filter")]));
  assert.deepEqual([filter.parts, filter.answer.stop], [[], "refused"]);
});

test("26 lone surrogates and NUL, also a pair split over deltas", async () => {
  const split = `data: {"choices":[{"index":0,"delta":{"content":"hi \\ud83d"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"\\udc4b \\ud800!\\u0000"},"finish_reason":"stop"}]}\n\n`;
  assert.equal((await bench.answer(split)).text, "hi 👋 \ufffd!");
  const lone = `data: {"choices":[{"index":0,"delta":{"content":"x\\ud83d"},"finish_reason":"stop"}]}\n\n`;
  assert.equal((await bench.answer(lone)).text, "x\ufffd");
});

test("27 other choices are ignored", async () => {
  const two = {
    choices: [
      { index: 1, delta: { content: "no" } },
      { index: 0, delta: { content: "yes" } },
    ],
  };
  assert.equal(
    (await bench.answer(sse([two, { choices: [{ index: 1, delta: {}, finish_reason: "stop" }] }, END]))).text,
    "yes",
  );
  const noIndex = JSON.stringify({
    choices: [{ message: { content: "yes" }, finish_reason: "stop" }, { message: { content: "no" } }],
  });
  assert.equal((await bench.answer(noIndex)).text, "yes");
});

test("28 first byte and idle time are bounded apart", async () => {
  const body = [sse([chunk({ content: "a" })], ""), sse([chunk({ content: "b" }), END])];
  const patient = await bench.run({ pieces: body, firstMs: MODEL_FIRST_BYTE_MS - 1_000, gapMs: MODEL_IDLE_MS - 1_000 });
  assert.ok(!isFault(patient.outcome));
  const mute = await bench.run({ pieces: body, firstMs: MODEL_FIRST_BYTE_MS + 1_000 });
  assert.ok(isFault(mute.outcome) && mute.outcome.fault === "timeout");
  const idle = await bench.run({ pieces: body, gapMs: MODEL_IDLE_MS + 1_000 });
  assert.ok(isFault(idle.outcome) && idle.outcome.fault === "timeout" && /nothing came/.test(idle.outcome.what));
  const hung = await bench.run({ end: "hang" });
  assert.ok(isFault(hung.outcome) && hung.outcome.code === "model_silent");
});

test("29 odd roles", async () => {
  assert.equal(
    (await bench.answer(sse([chunk({ role: "", content: "o" }), chunk({ role: null, content: "k" }), END]))).text,
    "ok",
  );
});

test("context overflow is told apart", async () => {
  for (const message of [
    "This model's maximum context length is 8192 tokens",
    "Request too large for model",
    "the request exceeds the available context size",
  ]) {
    const f = await bench.refused(JSON.stringify({ error: { message } }), 400);
    assert.deepEqual([f.fault, f.code], ["limit", "model_context"]);
    assert.match(f.next ?? "", /\/new/);
  }
});

test("an answer and its calls are bounded", async () => {
  const big = "x".repeat(ANSWER_BYTES_MAX / 4);
  const fits = await bench.run({ pieces: [sse([1, 2, 3].map(() => chunk({ content: big }))), sse([END])] });
  assert.ok(!isFault(fits.outcome));
  const over = await bench.run({ pieces: [sse([1, 2, 3, 4, 5].map(() => chunk({ content: big })))] });
  assert.ok(isFault(over.outcome) && over.outcome.fault === "limit");
  const calls = (n: number): string =>
    sse([...Array(n).keys()].map((i) => chunk(piece(i, `id${i}`, "ping", "{}"))).concat(TOOLS));
  assert.ok(!isFault((await bench.run({ pieces: [calls(MODEL_CALLS_MAX)] })).outcome));
  assert.ok(isFault((await bench.run({ pieces: [calls(MODEL_CALLS_MAX + 1)] })).outcome));
});

test("nothing that a service sends makes it throw", async () => {
  const odd = [
    {
      choices: [
        { index: 0, delta: { content: { a: 1 }, tool_calls: [null, 7, {}, { function: null }, { index: "0" }] } },
      ],
    },
    { choices: {} },
    { usage: [] },
    "[]",
    "null",
    "7",
    '"x"',
  ];
  const { outcome } = await bench.run({ pieces: [encodeUtf8(sse([...odd, END]))] });
  assert.ok(outcome !== null);
});
