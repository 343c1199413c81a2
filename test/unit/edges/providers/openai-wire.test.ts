// The request body: valid by the official client's types, and by the rules that other
// services add to them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { isFault } from "../../../../src/base/fault.ts";
import { MODEL_THOUGHTS_TIGHT_TOKENS, MODEL_THOUGHTS_TOKENS } from "../../../../src/base/limits.ts";
import { secret } from "../../../../src/base/secret.ts";
import { openai } from "../../../../src/edges/providers/openai.ts";
import { requestBody } from "../../../../src/edges/providers/openai-wire.ts";
import { bodyJson } from "../../../../src/edges/providers/values.ts";
import type { Ask, Message } from "../../../../src/port/provider.ts";
import { makeFakeHttp } from "../../../support/fake-http.ts";
import { makeWorld } from "../../../support/virtual.ts";

const call = (callId: string, argsJson = "{}", name = "ping"): Message => ({
  role: "assistant",
  parts: [{ kind: "call", callId, name, argsJson }],
});
const result = (callId: string, text = "ok", isError = false): Message => ({ role: "tool", callId, text, isError });
const user = (text: string): Message => ({ role: "user", text });

function ask(messages: readonly Message[], more: Partial<Ask> = {}): Ask {
  const tools = [
    { name: "ping", purpose: "Pings.", schemaJson: '{"type":"object","properties":{},"additionalProperties":false}' },
  ];
  return { model: "m", system: "s", messages, tools, maxTokens: 100, ...more };
}

const OPTIONS = { service: "api.openai.com", tokensField: "max_completion_tokens", stream: true } as const;

test("bodies satisfy the official client's types", () => {
  const streamed = requestBody(ask([user("hi"), call("a"), result("a")]), OPTIONS) satisfies ChatCompletionCreateParams;
  assert.deepEqual(streamed, {
    model: "m",
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "ping", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "ok" },
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "ping",
          description: "Pings.",
          parameters: { type: "object", properties: {}, additionalProperties: false },
        },
      },
    ],
    max_completion_tokens: 100,
    stream: true,
    stream_options: { include_usage: true },
  });
  const plain: ChatCompletionCreateParams = requestBody(ask([user("hi")], { tools: [], system: "" }), {
    ...OPTIONS,
    tokensField: "max_tokens",
    stream: false,
  });
  assert.deepEqual(plain, { model: "m", messages: [{ role: "user", content: "hi" }], max_tokens: 100, stream: false });
});

test("every call is answered at once, and nothing is answered that was not asked", () => {
  const { messages } = requestBody(
    ask([result("zero"), user("a"), call("a"), user("b"), call("b"), result("b"), result("b"), result("x"), call("c")]),
    OPTIONS,
  );
  const shape = messages.map((m) => (m.role === "tool" ? `tool ${m.tool_call_id}` : m.role));
  assert.deepEqual(shape, [
    "system",
    "user",
    "assistant",
    "tool a",
    "user",
    "assistant",
    "tool b",
    "assistant",
    "tool c",
  ]);
});

test("31 roles alternate: users are joined, empty assistants left out", () => {
  const { messages } = requestBody(ask([user("a"), { role: "assistant", parts: [] }, user("b")]), OPTIONS);
  assert.deepEqual(messages.slice(1), [{ role: "user", content: "a\n\nb" }]);
});

test("30 ids and names that a service would refuse", () => {
  const history = [
    user("a"),
    call("call_very-long-id"),
    result("call_very-long-id"),
    call("abcdefghi", "{}", "odd name!".repeat(20)),
    result("abcdefghi"),
  ];
  const sent = requestBody(ask(history), { ...OPTIONS, service: "api.mistral.ai" }).messages;
  const ids = sent.flatMap((m) =>
    m.role === "tool" ? [m.tool_call_id] : m.role === "assistant" ? (m.tool_calls ?? []).map((c) => c.id) : [],
  );
  assert.deepEqual(ids, ["mc0000000", "mc0000000", "abcdefghi", "abcdefghi"]);
  const names = sent.flatMap((m) => (m.role === "assistant" ? (m.tool_calls ?? []).map((c) => c.function.name) : []));
  assert.match(names[1] ?? "", /^[A-Za-z0-9_-]{64}$/);
  const kept = requestBody(ask(history), OPTIONS).messages.at(-1);
  assert.equal(kept?.role === "tool" && kept.tool_call_id, "abcdefghi");
});

test("6 broken arguments of an earlier call are sent as JSON", () => {
  const { messages } = requestBody(ask([user("a"), call("a", "{broken"), result("a", "", true)]), OPTIONS);
  const said = messages[2];
  assert.equal(
    said?.role === "assistant" && said.tool_calls?.[0]?.function.arguments,
    '{"invalid_arguments":"{broken"}',
  );
  assert.deepEqual(messages[3], { role: "tool", tool_call_id: "a", content: "Error." });
});

test("26 lone surrogates and NUL are not sent", () => {
  const text = bodyJson({ ...requestBody(ask([user("a\ud800b\u0000c 👋")]), OPTIONS) });
  assert.ok(!/\\ud800|\\u0000/.test(text));
  assert.match(text, /a\ufffdbc 👋/);
});

test("path, headers and the name of the token bound", async () => {
  const sent = async (
    baseUrl: string,
    more: Record<string, unknown> = {},
  ): Promise<{ url: string; body: Record<string, unknown>; auth: string | undefined }> => {
    const world = makeWorld();
    const http = makeFakeHttp(world.clock, () => ({ status: 500 }));
    const config = { baseUrl, key: secret("key", "k-123456"), stream: true, ...more };
    await openai.complete(world.scope, { http, config, clock: world.clock }, ask([user("hi")]), () => undefined);
    await world.end();
    const [asked] = http.asked;
    return { url: asked?.url ?? "", body: JSON.parse(asked?.body ?? "{}"), auth: asked?.headers.get("authorization") };
  };
  const router = await sent("https://openrouter.ai/api/v1/");
  assert.deepEqual(
    [router.url, router.auth, router.body["max_tokens"]],
    ["https://openrouter.ai/api/v1/chat/completions", "Bearer k-123456", 100 + MODEL_THOUGHTS_TIGHT_TOKENS],
  );
  const own = await sent("https://api.openai.com/v1");
  assert.deepEqual(
    [own.body["max_completion_tokens"], own.body["max_tokens"]],
    [100 + MODEL_THOUGHTS_TOKENS, undefined],
  );
  const azure = await sent("https://x.test:8443/openai?api-version=1", {
    key: null,
    tokensField: "max_completion_tokens",
    headers: [["api-key", secret("key", "z")]],
  });
  assert.deepEqual(
    [azure.url, azure.auth, azure.body["max_completion_tokens"]],
    ["https://x.test:8443/openai/chat/completions?api-version=1", undefined, 100 + MODEL_THOUGHTS_TOKENS],
  );
});

test("a base URL that is none is a configuration fault", async () => {
  const world = makeWorld();
  const kit = {
    http: makeFakeHttp(world.clock, () => ({})),
    config: { baseUrl: "model.test", key: null, stream: false },
    clock: world.clock,
  };
  const bad = await openai.check(world.scope, kit);
  assert.ok(isFault(bad) && bad.fault === "input" && bad.code === "bad_config");
  await world.end();
});

test("check: status and form count; a service that answers but has no list leaves it open", async () => {
  const look = async ([status, ...pieces]: readonly [status: number, ...pieces: string[]]): Promise<unknown> => {
    const world = makeWorld();
    const http = makeFakeHttp(world.clock, () => ({ status, pieces }));
    const outcome = await openai.check(world.scope, {
      http,
      config: { baseUrl: "http://m.test/v1", key: null, stream: true },
      clock: world.clock,
    });
    assert.deepEqual([http.asked[0]?.method, http.asked[0]?.url], ["GET", "http://m.test/v1/models"]);
    await world.end();
    return isFault(outcome) ? outcome.code : "reached";
  };
  const cases: ReadonlyArray<readonly [answer: readonly [number, ...string[]], code: string]> = [
    [[200, "{}"], "reached"],
    [[200, '\ufeff{"data":[{"id":"a"},', '{"id":"b"}]}'], "reached"],
    [[200, '[{"id":"a"}]'], "reached"],
    [[200, "<!doctype html><title>NAS</title>"], "model_page"],
    [[200, "hello"], "model_list"],
    [[200], "model_list"],
    [[200, '{"error":{"message":"invalid_api_key","code":"invalid_api_key"}}'], "model_key"],
    [[404, '{"error":"no such path"}'], "model_list"],
    [[405], "model_list"],
    [[404, "<html><title>Not here</title></html>"], "model_missing"],
    [[500, "{}"], "model_failed"],
    [[503], "model_overloaded"],
    [[401, "{}"], "model_key"],
    [[403, "{}"], "model_forbidden"],
    [[429, "{}"], "model_rate"],
  ];
  for (const [answer, code] of cases) assert.equal(await look(answer), code, JSON.stringify(answer));
});
