// Which service, dialect, address, key and model a configuration means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { configSecrets } from "../../../src/app/config.ts";
import { type Chosen, chooseModel, chooseModels, type ModelChoice } from "../../../src/app/model.ts";
import { modelPolicy, strangersIn } from "../../../src/app/model-policy.ts";
import { openModels } from "../../../src/app/models.ts";
import { makeProfileKit } from "../../../src/app/profiles.ts";
import { baseUrlVariable, SERVICES, serviceNamed } from "../../../src/app/services.ts";
import { type Fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import { ROUTES_MAX } from "../../../src/base/limits-context.ts";
import { MODEL_KEYS_MAX, MODEL_LINKS_MAX } from "../../../src/base/limits-models.ts";
import { redact } from "../../../src/base/secret.ts";
import { USUAL_RULES } from "../../../src/core/failover-route.ts";
import { configOf } from "../../support/config.ts";
import { makeWorld } from "../../support/virtual.ts";

async function chosen(env: Record<string, string>): Promise<ModelChoice> {
  const choice = chooseModel(await configOf(env));
  assert.ok(choice !== null && !isFault(choice), JSON.stringify(choice));
  return choice;
}

async function refused(env: Record<string, string>): Promise<Fault> {
  const choice: Outcome<ModelChoice | null> = chooseModel(await configOf(env));
  assert.ok(isFault(choice), JSON.stringify(choice));
  return choice;
}

test("nothing configured is no model, not a fault", async () => {
  assert.equal(chooseModel(await configOf({})), null);
});

test("with only an Anthropic key Claude is used, in its own dialect", async () => {
  const choice = await chosen({ ANTHROPIC_API_KEY: "k" });
  assert.deepEqual(
    [choice.dialect, choice.settings.baseUrl, choice.model, choice.settings.pick],
    ["anthropic", "https://api.anthropic.com/v1", "auto", "sonnet"],
  );
});

test("LLM_BASE_URL overrides the named service's URL and keeps its dialect and quirks", async () => {
  const base = { LLM_BASE_URL: "http://127.0.0.1:9/some/path", MODEL: "m" };
  const claude = await chosen({ ...base, LLM_PROVIDER: "anthropic", ANTHROPIC_API_KEY: "own", LLM_API_KEY: "general" });
  assert.deepEqual([claude.dialect, claude.settings.baseUrl], ["anthropic", "http://127.0.0.1:9/some/path"]);
  assert.equal(claude.settings.key?.name, "anthropic_api_key");
  const general = await chosen({ ...base, LLM_PROVIDER: "anthropic", LLM_API_KEY: "general" });
  assert.equal(general.settings.key?.name, "llm_api_key");
  const mistral = await chosen({ ...base, LLM_PROVIDER: "Mistral" });
  assert.deepEqual([mistral.settings.nineIds, mistral.settings.key], [true, null]);
});

test("a key never goes to another's address", async () => {
  const alone = await chosen({ LLM_BASE_URL: "http://127.0.0.1:9/v1", MODEL: "m", OPENAI_API_KEY: "k" });
  assert.deepEqual([alone.dialect, alone.settings.key], ["openai", null]);
  const other = await refused({ LLM_PROVIDER: "groq", MODEL: "m", OPENAI_API_KEY: "k" });
  assert.equal(other.next, "Set GROQ_API_KEY.");
});

test("each service has a base URL variable of its own", async () => {
  const env = { LLM_PROVIDER: "llama.cpp", LLAMA_CPP_BASE_URL: "http://127.0.0.1:9/v1" };
  assert.equal((await chosen(env)).settings.baseUrl, "http://127.0.0.1:9/v1");
  assert.equal(new Set(SERVICES.map(baseUrlVariable)).size, SERVICES.length);
});

test("an unknown name is answered with the nearest, a retired one with why", async () => {
  const typo = serviceNamed("anthropci", "LLM_PROVIDER");
  assert.ok(isFault(typo) && typo.code === "bad_config" && typo.next === 'Did you mean "anthropic"?');
  const strange = serviceNamed("zzzzzzzzzz", "LLM_PROVIDER");
  assert.ok(isFault(strange) && /integrations list/.test(strange.next ?? ""));
  for (const name of ["github-models", "github", "GitHub Models"]) {
    const gone = serviceNamed(name, "LLM_PROVIDER");
    assert.ok(isFault(gone) && gone.fault === "missing" && /2026-07-30/.test(gone.what));
  }
});

test("what a template lacks or may not hold is said", async () => {
  const env = { LLM_PROVIDER: "azure", AZURE_API_KEY: "k", MODEL: "m" };
  assert.equal((await refused(env)).next, "Set AZURE_RESOURCE_NAME.");
  for (const bad of ["a.evil.test/x", "a@b", "a b", "../x"]) {
    assert.match((await refused({ ...env, AZURE_RESOURCE_NAME: bad })).what, /letters, digits and hyphens/);
  }
});

test("no model named where none is general", async () => {
  assert.match((await refused({ LLM_PROVIDER: "groq", GROQ_API_KEY: "k" })).next ?? "", /MODEL/);
  assert.match((await refused({ LLM_API_KEY: "k" })).next ?? "", /LLM_PROVIDER/);
});

async function chain(env: Record<string, string>): Promise<Chosen> {
  const chosen = chooseModels(await configOf(env));
  assert.ok(!isFault(chosen), JSON.stringify(chosen));
  return chosen;
}

test("RELIABLE_PROVIDERS follow the first model, each once, each with its own key and model", async () => {
  const { choices, skipped } = await chain({
    ...{ LLM_PROVIDER: "openai", OPENAI_API_KEY: "o", MODEL: "gpt", LLM_BASE_URL: "http://127.0.0.1:9/v1" },
    RELIABLE_PROVIDERS: "openai/gpt, groq/openai/gpt-oss, claude, ollama, Groq / openai/gpt-oss, mistral",
    ...{ GROQ_API_KEY: "g1, g2", ANTHROPIC_API_KEY: "a", OLLAMA_BASE_URL: "http://192.168.88.9:11434" },
  });
  assert.deepEqual(
    choices.map((c) => [c.name, c.model, c.settings.baseUrl, c.settings.key?.name ?? null, c.spareKeys.length]),
    [
      ["openai/gpt", "gpt", "http://127.0.0.1:9/v1", "openai_api_key", 0],
      ["groq/openai/gpt-oss", "openai/gpt-oss", "https://api.groq.com/openai/v1", "groq_api_key", 1],
      ["anthropic", "auto", "https://api.anthropic.com/v1", "anthropic_api_key", 0],
      ["ollama", "auto", "http://192.168.88.9:11434", null, 0],
    ],
  );
  assert.deepEqual(
    skipped.map((x) => [x.name, x.why.next]),
    [["mistral", "Set MISTRAL_API_KEY."]],
  );
});

test("RELIABLE_PROVIDERS alone is a chain; an unknown name in it is told with the nearest", async () => {
  const { choices } = await chain({ RELIABLE_PROVIDERS: "ollama/qwen" });
  assert.deepEqual(
    choices.map((c) => c.name),
    ["ollama/qwen"],
  );
  const typo = chooseModels(await configOf({ RELIABLE_PROVIDERS: "grooq/x" }));
  assert.ok(isFault(typo) && typo.next === 'Did you mean "groq"?', JSON.stringify(typo));
});

test("what is known of a model: at home, small, its price and its keys", async () => {
  const env = {
    RELIABLE_PROVIDERS: "ollama/qwen3:8b,openai/gpt-mini,openai/gemini-x,perplexity/sonar",
    ...{ OPENAI_API_KEY: "k1,k2,k3", PERPLEXITY_API_KEY: "p", MODEL_PRICES: "openai/gpt-mini=0.5/2/0.1" },
  };
  const policy = modelPolicy(await configOf(env));
  assert.ok(!isFault(policy));
  const never = { send: () => new Promise<never>(() => undefined), stream: () => new Promise<never>(() => undefined) };
  const clock = { wallMs: () => 0, monoMs: () => 0, sleep: () => new Promise<never>(() => undefined) };
  const world = makeWorld();
  const opened = openModels((await chain(env)).choices, policy, makeProfileKit(world.scope, never, clock, []));
  assert.ok(!isFault(opened), JSON.stringify(opened));
  assert.deepEqual(
    opened.map(({ link }) => [link.name, link.traits.local, link.traits.small, link.price?.outUsd, link.keys.length]),
    [
      ["ollama/qwen3:8b", true, true, 0, 1],
      ["openai/gpt-mini", false, true, 2, 3],
      ["openai/gemini-x", false, false, undefined, 3],
      ["perplexity/sonar", false, false, undefined, 1],
    ],
  );
});

test("prices, traits, routes and budgets of the owner; what is not understood is told", async () => {
  const policy = modelPolicy(
    await configOf({
      MODEL_ROUTES:
        "channel=telegram:groq/x,wan=weak:small,any:cheap,chat=-1007+task=change+wan=good:ollama/qwen3:8b,task=background:wait",
      MODEL_PRICES: "groq/x=0.5/2/0.1@2024-02-29,y=1/2",
      MODEL_TRAITS: "ollama/qwen3:8b=8k+large+remote,y=200000",
      BUDGET_DAY: "100k 1usd",
      BUDGET_CHAT: "5 usd",
    }),
  );
  assert.ok(!isFault(policy));
  assert.deepEqual(policy.rules.slice(0, -USUAL_RULES.length), [
    { channel: "telegram", prefer: "groq/x" },
    { wan: "weak", prefer: "small" },
    { prefer: "cheap" },
    { chat: "-1007", task: "change", wan: "good", prefer: "ollama/qwen3:8b" },
    { task: "background", prefer: "wait" },
  ]);
  assert.deepEqual(
    [...policy.prices],
    [
      ["groq/x", { inUsd: 0.5, outUsd: 2, cachedUsd: 0.1, date: "2024-02-29" }],
      ["y", { inUsd: 1, outUsd: 2, cachedUsd: 1 }],
    ],
  );
  assert.deepEqual(
    [...policy.traits],
    [
      ["ollama/qwen3:8b", { contextTokens: 8_192, small: false, local: false }],
      ["y", { contextTokens: 200_000 }],
    ],
  );
  assert.deepEqual(policy.budgets, { day: { tokens: 100_000, microUsd: 1_000_000 }, chat: { microUsd: 5_000_000 } });
  const names = ["groq/x", "openai/gpt"];
  assert.deepEqual(strangersIn(policy, names), ["ollama/qwen3:8b", "y", "ollama/qwen3:8b", "y"]);
  assert.deepEqual(strangersIn({ ...policy, rules: [{ prefer: "openai" }] }, [...names, "y", "ollama/qwen3:8b"]), []);
  await assert.rejects(configOf({ BUDGET_DAY: "a lot" }), /BUDGET_DAY must be an amount such as/);
});

for (const [key, entries] of [
  [
    "MODEL_ROUTES",
    ["wan=slow:x", "task=work:x", "x", "any:", "wan=weak+wan=good:x", "chat=:x", "__proto__=x:y", "wan=weak+:x"],
  ],
  ["MODEL_PRICES", ["gpt=cheap", "gpt=1", "gpt=-1/2", "gpt=1/2@2024-13-01", "gpt=1/2@today", "=1/2"]],
  ["MODEL_TRAITS", ["gpt", "gpt=", "gpt=huge", "gpt=0", "gpt=08k", "gpt=8k+", "gpt=constructor"]],
] as const) {
  test(`${key}: what is not understood is told with an example`, async () => {
    for (const entry of entries) {
      const wrong = modelPolicy(await configOf({ [key]: entry }));
      assert.ok(isFault(wrong) && wrong.code === "bad_config" && wrong.next?.startsWith("Write it like "), entry);
      assert.match(wrong.what, new RegExp(`^${key} has an entry that is not understood`));
    }
  });
}

test("not more than ROUTES_MAX routes", async () => {
  const routes = (n: number): string => Array.from({ length: n }, (_, i) => `chat=${i}:small`).join(",");
  assert.ok(!isFault(modelPolicy(await configOf({ MODEL_ROUTES: routes(ROUTES_MAX) }))));
  const over = modelPolicy(await configOf({ MODEL_ROUTES: routes(ROUTES_MAX + 1) }));
  assert.ok(isFault(over) && over.code === "bad_config");
});

test("not more than MODEL_LINKS_MAX entries and MODEL_KEYS_MAX keys", async () => {
  const many = (n: number): string => Array.from({ length: n }, (_, i) => `ollama/m${i}`).join(",");
  assert.equal((await chain({ RELIABLE_PROVIDERS: many(MODEL_LINKS_MAX) })).choices.length, MODEL_LINKS_MAX);
  assert.equal((await chain({ RELIABLE_PROVIDERS: many(MODEL_LINKS_MAX + 1) })).choices.length, MODEL_LINKS_MAX);
  const keys = (n: number): string => Array.from({ length: n }, (_, i) => `k${i}`).join(",");
  for (const [n, spare] of [
    [MODEL_KEYS_MAX, MODEL_KEYS_MAX - 1],
    [MODEL_KEYS_MAX + 1, MODEL_KEYS_MAX - 1],
  ] as const) {
    assert.equal((await chosen({ LLM_PROVIDER: "groq", MODEL: "m", GROQ_API_KEY: keys(n) })).spareKeys.length, spare);
  }
});

test("each key of a list is as secret as the list", async () => {
  const secrets = configSecrets(await configOf({ GROQ_API_KEY: "first-secret-key, second-secret-key" }));
  const told = redact("it was second-secret-key, not first-secret-key", secrets);
  assert.doesNotMatch(told, /secret-key/);
});
