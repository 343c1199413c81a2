// `integrations` and `provider test` of the built program, and each dialect end to end: a
// question, a tool that reads the simulated router, an answer.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { runOnce, startSim } from "../support/program.ts";

interface Row {
  id: string;
  kind: string;
  title: string;
  dialect?: string;
  baseUrl?: string;
  keyEnv?: string;
  tested: string;
}

describe("integrations", () => {
  it("lists everything as an array of rows", async () => {
    const r = await runOnce(["integrations", "list", "--json"]);
    assert.equal(r.code, 0, r.err);
    const rows: Row[] = JSON.parse(r.out);
    const kinds = (kind: string): Row[] => rows.filter((x) => x.kind === kind);
    assert.ok(kinds("provider").filter((x) => x.dialect !== undefined).length >= 30);
    assert.deepEqual(
      kinds("channel")
        .map((x) => x.id)
        .sort(),
      ["cli", "http", "telegram"],
    );
    assert.ok(kinds("tool").some((x) => x.id === "routeros_print") && kinds("store").length === 1);
    assert.deepEqual(
      kinds("service").map((x) => [x.id, x.keyEnv]),
      [["routeros", "ROUTER_PASS"]],
    );
    for (const x of rows) {
      assert.ok(x.title !== "" && x.tested !== "" && x.tested !== "not tested", x.id);
      assert.deepEqual(
        Object.keys(x).filter((k) => !["id", "kind", "title", "dialect", "baseUrl", "keyEnv", "tested"].includes(k)),
        [],
      );
    }
    const claude = rows.find((x) => x.id === "anthropic");
    assert.deepEqual([claude?.dialect, claude?.keyEnv], ["anthropic", "ANTHROPIC_API_KEY"]);
  });

  it("prints the same for people, also without a word", async () => {
    for (const args of [["integrations"], ["integrations", "list"]]) {
      const r = await runOnce(args);
      assert.equal(r.code, 0);
      assert.match(r.out, /provider +gemini +gemini +GEMINI_API_KEY/);
      const rows = r.out.split("\n").slice(1, r.out.split("\n").indexOf(""));
      for (const row of rows) assert.match(row, /^(provider|channel|tool|store|service) +\S/, "one line each");
      assert.ok(rows.length > 60);
    }
    const one = await runOnce(["integrations", "info", "claude"]);
    assert.match(one.out, /anthropic: Anthropic[\s\S]*tested +.*never the live service/);
    assert.match((await runOnce(["integrations", "info", "github"])).out, /retired/);
  });

  it("offers the nearest for an unknown name and exits 2", async () => {
    const cases: ReadonlyArray<readonly [string[], RegExp]> = [
      [["integrations", "info", "telegarm"], /"telegram"/],
      [["integrations", "info", "openrooter"], /"openrouter"/],
      [["integrations", "info"], /info NAME/],
      [["integrations", "lst"], /"list"/],
      [["integration", "list"], /"integrations"/],
      [["provider", "test", "olama"], /"ollama"/],
      [["provider", "test", "github-models"], /2026-07-30/],
      [["provider", "tset", "ollama"], /provider test NAME/],
    ];
    for (const [args, said] of cases) {
      const r = await runOnce(args);
      assert.equal(r.code, 2, args.join(" "));
      assert.match(r.err, said);
    }
  });
});

const DIALECTS: ReadonlyArray<readonly [provider: string, base: string]> = [
  ["openai", "/v1"],
  ["openai-responses", "/v1"],
  ["anthropic", "/v1"],
  ["gemini", "/v1beta"],
  ["ollama", ""],
];

describe("each dialect in the built program", () => {
  let sim: Awaited<ReturnType<typeof startSim>>;
  let mock: LLMock;
  before(async () => {
    sim = await startSim();
    mock = new LLMock({ port: 0 });
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      { toolCalls: [{ name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' }] },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, (req) => ({
      content: `On your network: ${req.messages
        .filter((m) => m.role === "tool")
        .map((m) => String(m.content))
        .join(" | ")}`,
    }));
    mock.on({ userMessage: /ready/ }, { content: "ready" });
    await mock.start();
  });
  after(async () => {
    await mock.stop();
    await sim.stop();
  });

  for (const [provider, base] of DIALECTS) {
    const env = (more: Record<string, string> = {}): Record<string, string> => ({
      ...{ LLM_PROVIDER: provider, LLM_BASE_URL: `${mock.url}${base}`, LLM_API_KEY: "key-never-shown" },
      ...{ MODEL: "test-model", ...more },
    });
    it(`${provider} reads the router with a tool and answers`, async () => {
      const r = await runOnce(["agent", "-m", "which devices are on my network?"], { ...sim.env, ...env() });
      assert.equal(r.code, 0, r.err);
      assert.match(r.out, /kids-tablet/);
    });

    it(`${provider} is tested by one small call`, async () => {
      const good = await runOnce(["provider", "test", provider], env());
      assert.equal(good.code, 0, good.err);
      assert.match(good.out, /said "ready" after/);
      mock.nextRequestError(401, { message: "bad key", type: "authentication_error" });
      const bad = await runOnce(["provider", "test", provider, "--json"], env());
      assert.equal(bad.code, 1);
      assert.deepEqual([JSON.parse(bad.out).ok, JSON.parse(bad.out).code], [false, "model_key"]);
      assert.ok(!`${good.out}${bad.out}${bad.err}`.includes("key-never-shown"));
    });
  }

  it("a failed test names what to mend, by the service's own variables", async () => {
    const own = { OPENAI_API_KEY: "key-never-shown", OPENAI_BASE_URL: `${mock.url}/v1`, MODEL: "m" };
    const failed = async (env: Record<string, string>): Promise<string> => {
      const r = await runOnce(["provider", "test", "openai"], env);
      assert.equal(r.code, 1, r.out);
      assert.ok(!r.err.includes("key-never-shown"));
      return r.err;
    };
    mock.nextRequestError(401, { message: "bad key", type: "authentication_error" });
    assert.match(await failed(own), /refused the API key.*"bad key" Check OPENAI_API_KEY\./);
    mock.nextRequestError(401, { message: "bad key", type: "authentication_error" });
    const { OPENAI_API_KEY: key, ...others } = own;
    assert.match(await failed({ ...others, LLM_PROVIDER: "openai", LLM_API_KEY: key }), /Check LLM_API_KEY\./);
    assert.match(
      await failed({ ...own, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }),
      /nothing listens.*OPENAI_BASE_URL/,
    );
  });

  it("with only an Anthropic key, Claude is used, with a model that it lists", async () => {
    const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: `${mock.url}/v1` };
    const r = await runOnce(["agent", "-m", "are you ready?"], { ...sim.env, ...env });
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /ready/);
    const asked = mock.getRequests().at(-1);
    assert.equal(asked?.path, "/v1/messages");
    assert.match(String((asked?.body as { model?: string } | undefined)?.model), /sonnet/);
  });
});
