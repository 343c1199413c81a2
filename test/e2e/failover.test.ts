// The built program with a chain of models: a dead primary, keys that are refused or at their
// limit, a stream that breaks off while it is read; against a third-party mock (aimock).

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { LLMock } from "@copilotkit/aimock";
import { run, runOnce } from "../support/program.ts";

const TEXT = "Two devices are on your network: a printer and a tablet.";

describe("the agent and several models", () => {
  let mock: LLMock;
  before(async () => {
    mock = new LLMock({ port: 0 });
    await mock.start();
    mock.on({ userMessage: /devices/ }, { content: TEXT });
  });
  after(async () => {
    await mock.stop();
  });

  // Nothing listens on port 9.
  const env = (more: Record<string, string> = {}): Record<string, string> => ({
    ...{ LLM_PROVIDER: "openai", LLM_BASE_URL: "http://127.0.0.1:9/v1", OPENAI_API_KEY: "key-one", MODEL: "gpt-dead" },
    ...{ RELIABLE_PROVIDERS: "groq/gpt-alive", GROQ_BASE_URL: `${mock.url}/v1`, GROQ_API_KEY: "key-two" },
    ...more,
  });

  it("a dead primary: the next one answers, and the person is told so once", async () => {
    const r = await runOnce(["agent", "-m", "which devices are there?"], env());
    assert.equal(r.code, 0, r.err);
    assert.equal(
      r.out.trim(),
      `${TEXT}\n[openai/gpt-dead gave no answer (no connection); groq/gpt-alive answers instead.]`,
    );
  });

  it("in each dialect", async () => {
    const more: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
      ["openai-responses/gpt-x", "openai-responses/gpt-x", { OPENAI_RESPONSES_BASE_URL: `${mock.url}/v1` }],
      ["anthropic/claude-x", "anthropic/claude-x", { ANTHROPIC_BASE_URL: `${mock.url}/v1`, ANTHROPIC_API_KEY: "a" }],
      ["gemini/gemini-x", "gemini/gemini-x", { GEMINI_BASE_URL: `${mock.url}/v1beta`, GEMINI_API_KEY: "g" }],
      ["ollama/llama-x", "ollama/llama-x", { OLLAMA_BASE_URL: mock.url }],
    ];
    for (const [entry, name, own] of more) {
      const r = await runOnce(["agent", "-m", "which devices are there?"], env({ RELIABLE_PROVIDERS: entry, ...own }));
      assert.equal(r.code, 0, `${entry}: ${r.err}${r.out}`);
      assert.ok(r.out.startsWith(TEXT) && r.out.includes(`${name} answers instead`), `${entry}: ${r.out}`);
    }
  });

  it("all dead: one sentence for each, what works without, and nothing of a key", async () => {
    const dead = { GROQ_BASE_URL: "http://127.0.0.1:9/v1" };
    const r = await runOnce(["agent", "-m", "which devices are there?"], env(dead));
    assert.equal(r.code, 1);
    assert.match(r.out + r.err, /None of the 2 models answered\. openai\/gpt-dead: .* groq\/gpt-alive: .*\/help/s);
    assert.doesNotMatch(r.out + r.err, /key-(one|two)/);
  });

  it("an unknown name in the list is told with the nearest, before anything starts", async () => {
    const r = await runOnce(["agent", "-m", "hi"], env({ RELIABLE_PROVIDERS: "grok,opneai" }));
    assert.notEqual(r.code, 0);
    assert.match(r.out + r.err, /Did you mean "openai"\?/);
  });
});

async function textOf(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of req) text += String(piece);
  return text;
}

/** A service that refuses by key, and breaks off its first stream. */
function fickle(keys: string[]): Server {
  let streams = 0;
  return createServer(async (req, res) => {
    const key = (req.headers.authorization ?? "").replace("Bearer ", "");
    keys.push(key);
    const answer = (status: number, error: object): void => {
      res.writeHead(status, { "content-type": "application/json" });
      res.end(JSON.stringify({ error }));
    };
    if (key === "bad") return answer(401, { message: "Incorrect API key", code: "invalid_api_key" });
    if (key === "spent") return answer(429, { message: "You exceeded your quota", code: "insufficient_quota" });
    const isStream = (await textOf(req)).includes('"stream":true');
    const message = { role: "assistant", content: TEXT };
    if (!isStream) return void res.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }] }));
    streams += 1;
    res.writeHead(200, { "content-type": "text/event-stream" });
    const words = TEXT.split(/(?<= )/);
    const said = streams === 1 ? words.slice(0, 5) : words;
    for (const content of said)
      res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
    if (streams === 1) return void setTimeout(() => res.destroy(), 50);
    res.end(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
    );
  });
}

describe("several keys of one service", () => {
  it("a refused and a spent key are passed over, a broken stream is asked for again", async () => {
    const keys: string[] = [];
    const server = fickle(keys);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const r = await runOnce(["agent", "-m", "which devices are there?"], {
      ...{ LLM_PROVIDER: "openai", LLM_BASE_URL: `http://127.0.0.1:${port}/v1`, MODEL: "m" },
      OPENAI_API_KEY: "bad,spent,good",
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    assert.equal(r.code, 0, r.err);
    assert.equal(r.out.trim(), TEXT);
    assert.deepEqual(keys, ["bad", "spent", "good", "good"]);
  });
});

describe("keys that change while it runs", () => {
  it("a refused key comes back with the file, at SIGHUP or /model reload; what cannot work changes nothing", async () => {
    const keys: string[] = [];
    const server = fickle(keys);
    await new Promise<void>((up) => void server.listen(0, "127.0.0.1", up));
    const folder = mkdtempSync(join(tmpdir(), "mikroclaw-"));
    const file = join(folder, "config.json");
    const config = (openaiApiKey: string, more: object = {}): void =>
      writeFileSync(
        file,
        JSON.stringify({
          ...{ llmProvider: "openai", model: "m", openaiApiKey, pairingRequired: false, llmStreaming: false },
          ...{ openaiBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, ...more },
        }),
      );
    config("bad");
    const agent = run(["gateway", "--port", "0", "--json", "--config", file]);
    const { port } = (await agent.event("listening")) as { port: number };
    const chat = async (message: string): Promise<string> => {
      const r = await fetch(`http://127.0.0.1:${port}/chat`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ message }),
      });
      return r.text();
    };
    assert.match(await chat("which devices?"), /refused the API key/);
    config("good");
    agent.child.kill("SIGHUP");
    assert.match(await agent.saw("reload.done"), /1 model; changed: OPENAI_API_KEY/);
    assert.match(await chat("which devices?"), /Two devices/);
    config("spent", { logLevel: "debug" });
    const told = await chat("/model reload");
    assert.match(told, /changed: OPENAI_API_KEY.*After a new start only: LOG_LEVEL/);
    assert.match(await chat("which devices?"), /no credit left/);
    config("good", { reliableProviders: "grooq" });
    assert.match(await chat("/model reload"), /Did you mean/);
    config("good", { nonsense: 1 });
    assert.match(await chat("/model reload"), /unknown key/);
    assert.match(await chat("/model"), /openai\/m +rests .*no credit/);
    assert.deepEqual(new Set(keys), new Set(["bad", "good", "spent"]));
    for (const line of [...agent.out, ...agent.err]) assert.doesNotMatch(line, /"(bad|good|spent)"/);
    assert.equal(await agent.stop(), 0);
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
    rmSync(folder, { recursive: true });
  });

  it("keys of the environment stay as they were: the log says what to do, and nothing ends", async () => {
    const env = { LLM_BASE_URL: "http://127.0.0.1:9/v1", MODEL: "m", LLM_API_KEY: "k" };
    const agent = run(["gateway", "--port", "0", "--json"], env);
    await agent.event("listening");
    agent.child.kill("SIGHUP");
    assert.match(await agent.saw("reload.failed"), /environment.*MIKROCLAW_CONFIG/);
    assert.equal(await agent.stop(), 0);
  });
});

describe("a person's stop", () => {
  it("closes the connection to the model, and nobody is asked instead", async () => {
    const asked: string[] = [];
    let closed = 0;
    const server = createServer(async (req, res) => {
      if (req.method === "GET") return void res.end('{"data":[{"id":"m"}]}');
      asked.push([...(await textOf(req)).matchAll(/last words: (\w+)/g)].at(-1)?.[1] ?? "none");
      res.on("close", () => {
        closed += res.writableFinished ? 0 : 1;
      });
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Let me " } }] })}\n\n`);
    });
    await new Promise<void>((up) => void server.listen(0, "127.0.0.1", up));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const agent = run(["gateway", "--port", "0", "--json"], {
      ...{ LLM_PROVIDER: "openai", LLM_BASE_URL: url, OPENAI_API_KEY: "one,two", MODEL: "m", PAIRING_REQUIRED: "0" },
      ...{ RELIABLE_PROVIDERS: "groq/n", GROQ_BASE_URL: url, GROQ_API_KEY: "k" },
    });
    const { port } = (await agent.event("listening")) as { port: number };
    const chat = (message: string): Promise<string> =>
      fetch(`http://127.0.0.1:${port}/chat`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({ message }),
      }).then((r) => r.text());
    const answer = chat("last words: first");
    while (asked.length === 0) await pause(10);
    assert.match(await chat("/stop"), /running turn is stopped/);
    assert.match(await answer, /Stopped\./);
    while (closed === 0) await pause(10);
    assert.match(await chat("/usage"), /[1-9]\d* tokens \(\d+ estimated\)/, "what it began to say is paid for");
    // Another question afterwards is the only other one.
    const next = chat("last words: second");
    while (asked.length === 1) await pause(10);
    assert.deepEqual([asked, closed], [["first", "second"], 1]);
    assert.equal(await agent.stop(), 0);
    await next.catch(() => undefined);
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
  });
});
