// What all dialects share around a call: the model that is picked, the nearest to one that is
// gone, a field that a service refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Outcome } from "../../../../src/base/fault.ts";
import { MODEL_THOUGHTS_TIGHT_TOKENS } from "../../../../src/base/limits.ts";
import { secret } from "../../../../src/base/secret.ts";
import { anthropic } from "../../../../src/edges/providers/anthropic.ts";
import type { ModelConfig } from "../../../../src/edges/providers/dialect.ts";
import { gemini } from "../../../../src/edges/providers/gemini.ts";
import { ollama } from "../../../../src/edges/providers/ollama.ts";
import { openai } from "../../../../src/edges/providers/openai.ts";
import { responses } from "../../../../src/edges/providers/openai-responses.ts";
import type { Answer, Ask, Provider } from "../../../../src/port/provider.ts";
import { type Asked, makeFakeHttp, type Script } from "../../../support/fake-http.ts";
import { makeWorld } from "../../../support/virtual.ts";

const ASK: Ask = { model: "m", system: "", messages: [{ role: "user", text: "hi" }], tools: [], maxTokens: 9 };
const OK = JSON.stringify({ choices: [{ message: { content: "ok" }, finish_reason: "stop" }] });
const CLAUDE_OK = JSON.stringify({ type: "message", content: [{ type: "text", text: "ok" }], stop_reason: "end_turn" });

async function ask(
  provider: Provider<ModelConfig>,
  answer: (r: Asked, n: number) => Script,
  more: Partial<ModelConfig> = {},
  asks: readonly Ask[] = [ASK],
): Promise<{ outcomes: Array<Outcome<Answer>>; asked: readonly Asked[] }> {
  const world = makeWorld();
  const http = makeFakeHttp(world.clock, answer);
  const config: ModelConfig = { baseUrl: "http://m.test/v1", key: secret("key", "k-123456"), stream: false, ...more };
  const outcomes: Array<Outcome<Answer>> = [];
  for (const one of asks) {
    outcomes.push(await provider.complete(world.scope, { http, config, clock: world.clock }, one, () => undefined));
  }
  await world.end();
  return { outcomes, asked: http.asked };
}

test("without a model the service's list is asked once, and a fitting one taken", async () => {
  const rows = [{ id: "claude-embed-1" }, { id: "claude-opus-9" }, { id: "claude-sonnet-9" }];
  const { outcomes, asked } = await ask(
    anthropic,
    (r) => ({ pieces: [r.method === "GET" ? JSON.stringify({ data: rows, has_more: false }) : CLAUDE_OK] }),
    { pick: "sonnet" },
    [
      { ...ASK, model: "auto" },
      { ...ASK, model: "auto" },
    ],
  );
  assert.ok(outcomes.every((o) => !isFault(o)));
  assert.deepEqual(
    asked.map((r) => r.method),
    ["GET", "POST", "POST"],
  );
  assert.equal(JSON.parse(asked[2]?.body ?? "{}").model, "claude-sonnet-9");
});

test("no list, no model: the fault says what to set", async () => {
  for (const body of ["{}", '{"data":[]}', "<html>"]) {
    const { outcomes } = await ask(anthropic, () => ({ pieces: [body] }), { pick: "" }, [{ ...ASK, model: "auto" }]);
    const [f] = outcomes;
    assert.ok(isFault(f) && /MODEL/.test(f.next ?? ""), JSON.stringify(f));
  }
});

test("a model that is gone is answered with the nearest one, whatever form the list has", async () => {
  const gone = JSON.stringify({ error: { message: "model not found", code: "model_not_found" } });
  const cases: ReadonlyArray<readonly [Provider<ModelConfig>, string, unknown]> = [
    [anthropic, "claude-3-opus-20240229", { data: [{ id: "gpt-4" }, { id: "claude-3-opus-20250101" }] }],
    [openai, "gpt-4-32k", [{ id: "mistral-small" }, { id: "gpt-4.1" }]],
    [gemini, "gemini-1.5-flash", { models: [{ name: "models/gemini-3-flash" }, { name: "models/aqa" }] }],
    [ollama, "qwen3:8", { models: [{ name: "llama3:8b" }, { name: "qwen3:8b" }] }],
  ];
  const near = ["claude-3-opus-20250101", "gpt-4.1", "gemini-3-flash", "qwen3:8b"];
  for (const [i, [provider, model, list]] of cases.entries()) {
    const { outcomes } = await ask(
      provider,
      (r) => (r.method === "GET" ? { pieces: [JSON.stringify(list)] } : { status: 404, pieces: [gone] }),
      {},
      [{ ...ASK, model }],
    );
    const [f] = outcomes;
    assert.ok(isFault(f) && f.code === "model_missing");
    assert.ok(f.next?.includes(` ${near[i]}.`), f.next);
  }
});

// As the services were seen to say it of a model that they never had, or have no more.
const GONE = [
  [
    400,
    {
      error: {
        message: "The model `m-1` has been decommissioned and is no longer supported.",
        code: "model_decommissioned",
      },
    },
  ],
  [400, { error: { message: "m-1 is not a valid model ID", code: 400 } }],
  [400, { error: { message: "Model Not Exist", type: "invalid_request_error" } }],
  [400, { object: "error", message: "Invalid model: m-1", type: "invalid_model", code: "1500" }],
  [
    404,
    { error: { message: "The model `m-1` does not exist or you do not have access to it.", code: "model_not_found" } },
  ],
  [404, { type: "error", error: { type: "not_found_error", message: "model: m-1" } }],
  [404, { error: { code: 404, message: "models/m-1 is not found for API version v1beta", status: "NOT_FOUND" } }],
  [404, { error: 'model "m-1" not found, try pulling it first' }],
] as const;

test("a model that is gone, in the words of each service", async () => {
  for (const [status, said] of GONE) {
    const { outcomes } = await ask(
      openai,
      (r) =>
        r.method === "GET"
          ? { pieces: ['{"data":[{"id":"x"},{"id":"m-2"}]}'] }
          : { status, pieces: [JSON.stringify(said)] },
      {},
      [{ ...ASK, model: "m-1" }],
    );
    const [f] = outcomes;
    assert.ok(isFault(f) && f.code === "model_missing", JSON.stringify(said));
    assert.equal(f.next, "Set MODEL to a model that exists, such as m-2.");
  }
});

test("a field that the service refuses is left out, once and from then on", async () => {
  const refusal = (message: string): Script => ({ status: 400, pieces: [JSON.stringify({ error: { message } })] });
  const strict = await ask(
    openai,
    (r) =>
      r.body.includes("stream_options") ? refusal("Extra inputs are not permitted: stream_options") : { pieces: [OK] },
    { stream: true },
    [ASK, ASK],
  );
  assert.ok(strict.outcomes.every((o) => !isFault(o)));
  assert.deepEqual(
    strict.asked.map((r) => r.body.includes("stream_options")),
    [true, false, false],
  );
  const renamed = await ask(openai, (r) =>
    r.body.includes('"max_tokens"')
      ? refusal(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        )
      : { pieces: [OK] },
  );
  assert.ok(renamed.outcomes.every((o) => !isFault(o)));
  assert.equal(JSON.parse(renamed.asked[1]?.body ?? "{}").max_completion_tokens, 9 + MODEL_THOUGHTS_TIGHT_TOKENS);
  const sealed = await ask(responses, (r) =>
    r.body.includes("encrypted_content")
      ? refusal("Encrypted content is not supported with this model.")
      : { pieces: [JSON.stringify({ object: "response", status: "completed", output: [] })] },
  );
  assert.ok(sealed.outcomes.every((o) => !isFault(o)));
  // As Mistral's 422 says it: the field's name stands beside the words.
  const extra = { type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" };
  for (const said of [
    { detail: [extra] },
    { object: "error", message: { detail: [extra] }, type: "invalid_request_error" },
  ]) {
    const mistral = await ask(
      openai,
      (r) => (r.body.includes("stream_options") ? { status: 422, pieces: [JSON.stringify(said)] } : { pieces: [OK] }),
      { stream: true },
    );
    assert.ok(
      mistral.outcomes.every((o) => !isFault(o)),
      JSON.stringify(mistral.outcomes),
    );
  }
  const other = await ask(openai, () => refusal("Unsupported value: 'model' is not supported"));
  assert.deepEqual([other.asked.length, isFault(other.outcomes[0])], [1, true]);
});

test("a context for Ollama that holds the question", async () => {
  const long = { ...ASK, messages: [{ role: "user" as const, text: "x ".repeat(30_000) }] };
  const line = `${JSON.stringify({ message: { content: "ok" }, done: true })}\n`;
  // Pictures are not read by their letters.
  const image = { mediaType: "image/png", data: "A".repeat(900_000) };
  const shown = { ...ASK, messages: [{ role: "user" as const, text: "look", images: [image, image, image, image] }] };
  const { asked } = await ask(ollama, () => ({ pieces: [line] }), {}, [ASK, long, shown]);
  assert.deepEqual(
    asked.map((r) => JSON.parse(r.body).options.num_ctx),
    [8_192, 32_768, 8_192],
  );
});
