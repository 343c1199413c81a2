// Every service of the registry: one question with a tool, answered by a call, at the very
// address, with the very key header and body fields that the service's documents give (the
// row's `docs`). The addresses stand here a second time, so that a slip in the rows shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as providers from "../../src/app/catalog/providers.ts";
import { chooseModel, chooseModels } from "../../src/app/model.ts";
import { SERVICES } from "../../src/app/services.ts";
import { isFault, sayFault } from "../../src/base/fault.ts";
import { MODEL_THOUGHTS_TIGHT_TOKENS, MODEL_THOUGHTS_TOKENS } from "../../src/base/limits.ts";
import type { Ask, Message } from "../../src/port/provider.ts";
import { configOf } from "../support/config.ts";
import { makeFakeHttp } from "../support/fake-http.ts";
import { makeWorld } from "../support/virtual.ts";
import { ASK } from "./provider-suite.ts";
import { type Says, WIRES } from "./provider-wires.ts";

const KEY = "k-0123456789";
const CHAT = "/chat/completions";

interface Expected {
  url: string;
  key: string;
  /** Header with the key, as it is sent; Bearer unless said. */
  header?: readonly [name: string, value: string];
  /** Fields that the body must have. */
  fields?: Readonly<Record<string, unknown>>;
  lacks?: readonly string[];
  /** Headers beside the key's. */
  headers?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** Tools are told in the prompt and called in the text. */
  prompted?: true;
}

// 500 for the answer; what is left is for thinking.
const OLD = { max_tokens: 500 + MODEL_THOUGHTS_TIGHT_TOKENS };
const NEW = { max_completion_tokens: 500 + MODEL_THOUGHTS_TOKENS };
const CLAUDE = {
  key: "",
  header: ["x-api-key", KEY] as const,
  fields: { max_tokens: 500 + MODEL_THOUGHTS_TOKENS },
  headers: { "anthropic-version": "2023-06-01" },
};
const REGION = { AWS_REGION: "eu-west-1" };

const EXPECTED: Readonly<Record<string, Expected>> = {
  openrouter: { url: `https://openrouter.ai/api/v1${CHAT}`, key: "OPENROUTER_KEY", fields: OLD },
  anthropic: {
    ...CLAUDE,
    url: "https://api.anthropic.com/v1/messages",
    key: "ANTHROPIC_API_KEY",
    headers: { "anthropic-version": "2026-10-21" },
    lacks: ["temperature", "top_p", "top_k"],
  },
  openai: { url: `https://api.openai.com/v1${CHAT}`, key: "OPENAI_API_KEY", fields: NEW, lacks: ["max_tokens"] },
  "openai-responses": {
    url: "https://api.openai.com/v1/responses",
    key: "OPENAI_API_KEY",
    fields: { max_output_tokens: 500 + MODEL_THOUGHTS_TOKENS, store: false },
  },
  gemini: {
    url: "https://generativelanguage.googleapis.com/v1beta/models/test-model:streamGenerateContent?alt=sse",
    key: "GEMINI_API_KEY",
    header: ["x-goog-api-key", KEY],
    fields: { generationConfig: { maxOutputTokens: 500 + MODEL_THOUGHTS_TOKENS } },
  },
  deepseek: { url: `https://api.deepseek.com${CHAT}`, key: "DEEPSEEK_API_KEY", fields: OLD },
  mistral: { url: `https://api.mistral.ai/v1${CHAT}`, key: "MISTRAL_API_KEY", fields: OLD },
  xai: { url: `https://api.x.ai/v1${CHAT}`, key: "XAI_API_KEY" },
  moonshot: { url: `https://api.moonshot.ai/v1${CHAT}`, key: "MOONSHOT_API_KEY" },
  "kimi-coding": { ...CLAUDE, url: "https://api.kimi.com/coding/v1/messages", key: "KIMI_API_KEY" },
  zai: { url: `https://api.z.ai/api/paas/v4${CHAT}`, key: "ZAI_API_KEY", lacks: ["tool_choice"] },
  zhipu: { url: `https://open.bigmodel.cn/api/paas/v4${CHAT}`, key: "ZHIPU_API_KEY" },
  qwen: { url: `https://dashscope-intl.aliyuncs.com/compatible-mode/v1${CHAT}`, key: "DASHSCOPE_API_KEY" },
  minimax: {
    url: `https://api.minimax.io/v1${CHAT}`,
    key: "MINIMAX_API_KEY",
    fields: { ...NEW, reasoning_split: true },
    lacks: ["tool_choice", "parallel_tool_calls"],
  },
  "minimax-anthropic": { ...CLAUDE, url: "https://api.minimax.io/anthropic/v1/messages", key: "MINIMAX_API_KEY" },
  cohere: { url: `https://api.cohere.ai/compatibility/v1${CHAT}`, key: "COHERE_API_KEY" },
  perplexity: { url: `https://api.perplexity.ai${CHAT}`, key: "PERPLEXITY_API_KEY", lacks: ["tools"], prompted: true },
  groq: { url: `https://api.groq.com/openai/v1${CHAT}`, key: "GROQ_API_KEY" },
  together: { url: `https://api.together.ai/v1${CHAT}`, key: "TOGETHER_API_KEY" },
  fireworks: { url: `https://api.fireworks.ai/inference/v1${CHAT}`, key: "FIREWORKS_API_KEY" },
  cerebras: {
    url: `https://api.cerebras.ai/v1${CHAT}`,
    key: "CEREBRAS_API_KEY",
    fields: NEW,
    lacks: ["frequency_penalty", "presence_penalty", "logit_bias", "service_tier"],
  },
  nvidia: { url: `https://integrate.api.nvidia.com/v1${CHAT}`, key: "NVIDIA_API_KEY" },
  huggingface: { url: `https://router.huggingface.co/v1${CHAT}`, key: "HF_TOKEN" },
  deepinfra: { url: `https://api.deepinfra.com/v1/openai${CHAT}`, key: "DEEPINFRA_API_KEY" },
  siliconflow: { url: `https://api.siliconflow.com/v1${CHAT}`, key: "SILICONFLOW_API_KEY" },
  venice: {
    url: `https://api.venice.ai/api/v1${CHAT}`,
    key: "VENICE_API_KEY",
    fields: { venice_parameters: { include_venice_system_prompt: false } },
  },
  synthetic: { url: `https://api.synthetic.new/openai/v1${CHAT}`, key: "SYNTHETIC_API_KEY" },
  vercel: { url: `https://ai-gateway.vercel.sh/v1${CHAT}`, key: "AI_GATEWAY_API_KEY" },
  "opencode-zen": { url: `https://opencode.ai/zen/v1${CHAT}`, key: "OPENCODE_API_KEY" },
  azure: {
    url: `https://my-res.openai.azure.com/openai/v1${CHAT}`,
    key: "AZURE_API_KEY",
    header: ["api-key", KEY],
    fields: NEW,
    env: { AZURE_RESOURCE_NAME: "my-res" },
  },
  cloudflare: {
    url: `https://api.cloudflare.com/client/v4/accounts/ab12/ai/v1${CHAT}`,
    key: "CLOUDFLARE_API_TOKEN",
    env: { CLOUDFLARE_ACCOUNT_ID: "ab12" },
  },
  bedrock: {
    url: `https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1${CHAT}`,
    key: "AWS_BEARER_TOKEN_BEDROCK",
  },
  "bedrock-mantle": {
    url: `https://bedrock-mantle.eu-west-1.api.aws/v1${CHAT}`,
    key: "AWS_BEARER_TOKEN_BEDROCK",
    env: REGION,
  },
  "ollama-cloud": { url: "https://ollama.com/api/chat", key: "OLLAMA_API_KEY" },
  ollama: {
    url: "http://127.0.0.1:11434/api/chat",
    key: "OLLAMA_API_KEY",
    fields: { options: { num_predict: 500 + MODEL_THOUGHTS_TIGHT_TOKENS, num_ctx: 8192 } },
  },
  lmstudio: { url: `http://127.0.0.1:1234/v1${CHAT}`, key: "LMSTUDIO_API_KEY" },
  "llama.cpp": { url: `http://127.0.0.1:8080/v1${CHAT}`, key: "LLM_API_KEY" },
  vllm: { url: `http://127.0.0.1:8000/v1${CHAT}`, key: "VLLM_API_KEY" },
  litellm: { url: `http://127.0.0.1:4000/v1${CHAT}`, key: "LITELLM_API_KEY" },
};

const CALL_ID = "call_of-another-service";
const PARTS = [{ kind: "call" as const, callId: CALL_ID, name: "ping", argsJson: "{}" }];
const MESSAGES: readonly Message[] = [
  { role: "user", text: "hello" },
  { role: "assistant", parts: PARTS },
  { role: "tool", callId: CALL_ID, text: "ok", isError: false },
];

test("the registry has these services, and no other", () => {
  const known = SERVICES.filter((s) => s.retired === undefined).map((s) => s.id);
  assert.deepEqual([...known].sort(), Object.keys(EXPECTED).sort());
  assert.ok(known.length >= 30);
  assert.equal(
    new Set(SERVICES.flatMap((s) => [s.id, ...(s.also ?? [])])).size,
    SERVICES.flatMap((s) => [s.id, ...(s.also ?? [])]).length,
  );
  for (const s of SERVICES) assert.match(s.docs, /^https:\/\//);
});

for (const service of SERVICES.filter((s) => s.retired === undefined)) {
  test(`${service.id}: address, key, body, and a tool call (${service.docs})`, async () => {
    const expected = EXPECTED[service.id];
    assert.ok(expected !== undefined);
    const env = { LLM_PROVIDER: service.id, MODEL: "test-model", [expected.key]: KEY, ...expected.env };
    const choice = chooseModel(await configOf(env));
    assert.ok(choice !== null && !isFault(choice), isFault(choice) ? sayFault(choice) : "");
    const provider = Object.values(providers).find((p) => p.id === choice.dialect);
    const wire = WIRES.find((w) => w.name === choice.dialect);
    assert.ok(provider !== undefined && wire !== undefined);
    const world = makeWorld();
    const says: Says = expected.prompted
      ? { texts: ['<tool_call>{"name":"ping","arguments":{}}</tool_call>'] }
      : { calls: [{ id: "call_1", name: "ping", args: "{}" }] };
    const http = makeFakeHttp(world.clock, () => ({ pieces: [wire.stream(says)] }));
    const ask: Ask = { ...ASK, model: choice.model, messages: MESSAGES };
    const kit = { http, config: choice.settings, clock: world.clock };
    const answer = await provider.complete(world.scope, kit, ask, () => undefined);
    await world.end();
    assert.ok(!isFault(answer), isFault(answer) ? sayFault(answer) : "");
    assert.deepEqual([answer.stop, answer.parts.at(-1)?.kind], ["tools", "call"]);

    const [asked] = http.asked;
    assert.equal(asked?.url, expected.url);
    const [name, value] = expected.header ?? ["authorization", `Bearer ${KEY}`];
    assert.equal(asked?.headers.get(name), value);
    const secrets = [...(asked?.headers.values() ?? [])].filter((v) => v.includes(KEY));
    assert.equal(secrets.length, 1, "the key is in one header only");
    for (const [key, text] of Object.entries(expected.headers ?? {})) assert.equal(asked?.headers.get(key), text);
    const body = JSON.parse(asked?.body ?? "{}");
    for (const [key, wanted] of Object.entries(expected.fields ?? {})) assert.deepEqual(body[key], wanted, key);
    for (const key of expected.lacks ?? []) assert.equal(key in body, false, key);
    if (service.id === "mistral") assert.match(body.messages[3].tool_call_id, /^[A-Za-z0-9]{9}$/);
  });
}

// The names and key variables of the C MikroClaw.
const OF_C: Readonly<Record<string, string>> = {
  ...{
    openrouter: "OPENROUTER_KEY",
    openai: "OPENAI_API_KEY",
    anthropic: "ANTHROPIC_API_KEY",
    ollama: "OLLAMA_API_KEY",
  },
  ...{ groq: "GROQ_API_KEY", mistral: "MISTRAL_API_KEY", xai: "XAI_API_KEY", deepseek: "DEEPSEEK_API_KEY" },
  ...{ together: "TOGETHER_API_KEY", fireworks: "FIREWORKS_API_KEY", perplexity: "PERPLEXITY_API_KEY" },
  ...{ cohere: "COHERE_API_KEY", bedrock: "BEDROCK_API_KEY", kimi: "MOONSHOT_API_KEY", minimax: "MINIMAX_API_KEY" },
  ...{ zai: "ZAI_API_KEY", synthetic: "SYNTHETIC_API_KEY" },
};

test("every name of the C MikroClaw is known, with its key variable, alone and in a list", async () => {
  for (const [name, variable] of Object.entries(OF_C)) {
    const env = { MODEL: "m", [variable]: KEY, AWS_REGION: "eu-west-1" };
    const choice = chooseModel(await configOf({ ...env, LLM_PROVIDER: name }));
    assert.ok(choice !== null && !isFault(choice), name);
    assert.equal(choice.settings.key?.name, variable.toLowerCase());
    const listed = chooseModels(await configOf({ ...env, RELIABLE_PROVIDERS: `${name}/m` }));
    assert.ok(!isFault(listed), name);
    const urls = listed.choices.map((c) => c.settings.baseUrl);
    assert.deepEqual([urls.includes(choice.settings.baseUrl), listed.skipped], [true, []]);
  }
});
