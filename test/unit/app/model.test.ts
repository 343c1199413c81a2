// Which service, dialect, address, key and model a configuration means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseModel, type ModelChoice } from "../../../src/app/model.ts";
import { baseUrlVariable, SERVICES, serviceNamed } from "../../../src/app/services.ts";
import { type Fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import { configOf } from "../../support/config.ts";

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
