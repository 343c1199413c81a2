// The gateway on a real socket, asked by a client that others wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../../src/base/fault.ts";
import type { Scope } from "../../../../src/base/scope.ts";
import { type GatewayOptions, serveGateway } from "../../../../src/edges/gateway/serve.ts";
import type { Agent } from "../../../../src/port/agent.ts";
import type { Host, Stream } from "../../../../src/port/host.ts";
import { makeTestHost } from "../../../support/node-host.ts";

const agent: Agent = {
  async say(_, m, onProgress) {
    onProgress?.({ kind: "text", text: "you said " });
    onProgress?.({ kind: "text", text: m.text });
    return m.text === "fail" ? fault("timeout", "It took too long.") : { reply: `you said ${m.text}` };
  },
  health: () => ({ llm: false, routeros: true }),
  audit: async () => "",
  waiting: () => 0,
  stop: () => false,
};

interface Served {
  base: string;
  codes: string[];
  told: string[];
}

function optionsFor(host: Host, served: Served, more: Partial<GatewayOptions>): GatewayOptions {
  return {
    at: { host: "127.0.0.1", port: 0 },
    names: [],
    agent,
    configured: ["routeros"],
    pairing: { required: true, tokenHashes: [] },
    clock: host.clock,
    random: host.random,
    log: host.log,
    announceListening: (address, port) => void served.told.push(`${address} ${port}`),
    announceCode: (code) => {
      served.told.push("code");
      served.codes.push(code);
    },
    ...more,
  };
}

async function serving(run: (served: Served, s: Scope, host: Host) => Promise<void>): Promise<void> {
  const { host, scope, out, err, end } = makeTestHost();
  const served: Served = { base: "", codes: [], told: [] };
  const server = await serveGateway(scope, host, optionsFor(host, served, {}));
  assert.ok(!isFault(server));
  served.base = `http://127.0.0.1:${server.port}`;
  assert.deepEqual(served.told, [`127.0.0.1 ${server.port}`, "code"], "listening is told before the code");
  try {
    await run(served, scope, host);
  } finally {
    await server.drain(scope);
    await end();
  }
  for (const code of served.codes) assert.ok(![...out, ...err].join("").includes(code), "no code in the log");
}

test("health, pairing, chat, revoking, as a client sees them", () =>
  serving(async ({ base, codes }) => {
    const health = await fetch(`${base}/health`);
    assert.deepEqual(
      [health.status, await health.json()],
      [200, { status: "ok", components: { llm: false, gateway: true, routeros: true, memu: false } }],
    );
    const refused = await fetch(`${base}/chat`, { method: "POST" });
    assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, "Bearer"]);
    const paired = await fetch(`${base}/pair`, { method: "POST", headers: { "X-PAIRING-CODE": codes[0] ?? "" } });
    const { token, expiresAt } = (await paired.json()) as { token: string; expiresAt: string };
    assert.ok(Date.parse(expiresAt) > 0);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const said = await fetch(`${base}/chat`, { method: "POST", headers, body: '{"message":"grüß dich"}' });
    assert.deepEqual(await said.json(), { reply: "you said grüß dich", chat: "main" });
    const events = await fetch(`${base}/chat`, {
      method: "POST",
      headers: { ...headers, accept: "text/event-stream" },
      body: '{"message":"hi"}',
    });
    assert.equal(events.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.match(
      await events.text(),
      /event: delta\ndata: \{"text":"you said hi"\}\n\nevent: final\ndata: \{"reply":"you said hi","chat":"main"\}\n\n$/,
    );
    const failed = await fetch(`${base}/chat`, { method: "POST", headers, body: '{"message":"fail"}' });
    assert.equal(failed.status, 504);
    const revoked = await fetch(`${base}/pair`, { method: "DELETE", headers });
    assert.deepEqual(await revoked.json(), { revoked: true });
    assert.equal((await fetch(`${base}/pair`, { method: "DELETE", headers })).status, 401);
  }));

test("the 6th wrong code gets 429 with Retry-After and retry_after", () =>
  serving(async ({ base }) => {
    const wrong = (): Promise<Response> =>
      fetch(`${base}/pair`, { method: "POST", headers: { "x-pairing-code": "00000000" } });
    for (let i = 0; i < 5; i += 1) assert.equal((await wrong()).status, 403);
    const locked = await wrong();
    const body = (await locked.json()) as Record<string, unknown>;
    assert.deepEqual(
      [locked.status, locked.headers.get("retry-after"), body["code"]],
      [429, String(body["retry_after"]), "pairing_locked"],
    );
  }));

async function rawReply(s: Scope, host: Host, port: number, text: string): Promise<string> {
  const stream = await host.connect(s, { host: "127.0.0.1", port });
  assert.ok(!isFault(stream));
  const open: Stream = stream;
  assert.equal(await open.write(s, new TextEncoder().encode(text)), undefined);
  const bytes = await open.read(s, 16_384);
  assert.ok(!isFault(bytes));
  await open.close();
  return new TextDecoder().decode(bytes);
}

test("a Host that is not ours is misdirected", () =>
  serving(async ({ base }, s, host) => {
    const port = Number(new URL(base).port);
    const reply = (name: string): Promise<string> =>
      rawReply(s, host, port, `GET /health HTTP/1.1\r\nHoSt: ${name}\r\nConnection: close\r\n\r\n`);
    assert.match(await reply("evil.test"), /^HTTP\/1\.1 421 /);
    assert.match(await reply("localhost"), /^HTTP\/1\.1 200 /);
  }));

test("without pairing only on loopback; a taken port is a conflict", async () => {
  const { host, scope, end } = makeTestHost();
  const served: Served = { base: "", codes: [], told: [] };
  const open = { pairing: { required: false, tokenHashes: [] } };
  const refused = await serveGateway(
    scope,
    host,
    optionsFor(host, served, { ...open, at: { host: "0.0.0.0", port: 0 } }),
  );
  assert.ok(isFault(refused) && refused.fault === "input" && refused.code === "bad_config");
  const server = await serveGateway(scope, host, optionsFor(host, served, open));
  assert.ok(!isFault(server));
  assert.deepEqual(served.codes, []);
  const taken = await serveGateway(
    scope,
    host,
    optionsFor(host, served, { at: { host: "127.0.0.1", port: server.port } }),
  );
  assert.ok(isFault(taken), "the port is taken");
  assert.equal(taken.fault, "conflict");
  await server.drain(scope);
  await end();
});
