// The gateway by curl, as a stranger would: health while everything hangs, pairing, chat,
// and every refusal by its name.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { type Running, run, runOnce, startSim } from "../support/program.ts";

const exec = promisify(execFile);
type Sim = Awaited<ReturnType<typeof startSim>>;

interface Answer {
  status: number;
  body: Record<string, unknown>;
  head: string;
}

async function curl(...args: string[]): Promise<Answer> {
  const { stdout } = await exec("curl", ["-sS", "-i", "--max-time", "20", ...args]);
  const cut = stdout.indexOf("\r\n\r\n");
  const head = stdout.slice(0, cut);
  const text = stdout.slice(cut + 4);
  return {
    status: Number(head.split(" ")[1]),
    head,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** Accepts and never answers. */
async function blackHole(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close() {
      for (const s of sockets) s.destroy();
      server.close();
    },
  };
}

describe("/health while every upstream hangs", () => {
  for (const engine of ["quickjs", "v8"]) {
    it(`answers with 200 idle clients connected (${engine})`, async () => {
      const hole = await blackHole();
      const env = {
        ROUTER_HOST: `127.0.0.1:${hole.port}`,
        ROUTER_PASS: "x",
        LLM_BASE_URL: `http://127.0.0.1:${hole.port}/v1`,
        MODEL: "m",
        MEMU_API_KEY: "m",
        MEMU_BASE_URL: `http://127.0.0.1:${hole.port}`,
        BOT_TOKEN: "1:x",
        TELEGRAM_API_ROOT: `http://127.0.0.1:${hole.port}`,
      };
      const agent = run(["gateway", "--port", "0", "--json"], env, engine);
      const { port } = (await agent.event("listening")) as { port: number };
      const idle: Socket[] = [];
      try {
        for (let i = 0; i < 200; i += 1) {
          const s = connect(port, "127.0.0.1");
          s.on("error", () => undefined);
          idle.push(s);
        }
        for (let i = 0; i < 5; i += 1) {
          const r = await curl(`http://127.0.0.1:${port}/health`);
          assert.equal(r.status, 200);
          assert.equal(r.body["status"], "degraded");
          assert.deepEqual(r.body["components"], { llm: false, gateway: true, routeros: false, memu: false });
        }
        const beat = await curl(`http://127.0.0.1:${port}/health/heartbeat`);
        assert.deepEqual(beat.body, { heartbeat: "ok" });
      } finally {
        for (const s of idle) s.destroy();
        assert.equal(await agent.stop(), 0);
        hole.close();
      }
    });
  }
});

describe("pairing and chat by curl", () => {
  let sim: Sim;
  let agent: Running;
  let base = "";
  let code = "";
  before(async () => {
    sim = await startSim();
    agent = run(["gateway", "--port", "0", "--json"], sim.env);
    const { port } = (await agent.event("listening")) as { port: number };
    base = `http://127.0.0.1:${port}`;
    code = String((await agent.event("pairing"))["code"]);
  });
  after(async () => {
    await agent.stop();
    await sim.stop();
  });
  const chat = (token: string | null, body: string, ...more: string[]): Promise<Answer> =>
    curl(
      "-X",
      "POST",
      "-H",
      "content-type: application/json",
      ...(token === null ? [] : ["-H", `authorization: Bearer ${token}`]),
      "-d",
      body,
      ...more,
      `${base}/chat`,
    );

  it("walks from code to token to chat, and revokes", async () => {
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{8}$/);
    const wrong = await curl("-X", "POST", "-H", "X-Pairing-Code: ZZZZZZZZ", `${base}/pair`);
    assert.equal(wrong.status, 403);
    const paired = await curl("-X", "POST", "-H", `x-PAIRING-code: ${code}`, `${base}/pair`);
    assert.equal(paired.status, 200);
    assert.equal(paired.body["paired"], true);
    assert.ok(Date.parse(String(paired.body["expiresAt"])) > 0);
    const token = String(paired.body["token"]);
    const reused = await curl("-X", "POST", "-H", `X-Pairing-Code: ${code}`, `${base}/pair`);
    assert.equal(reused.status, 403);
    const said = await chat(token, '{"message":"/devices"}');
    assert.equal(said.status, 200);
    assert.match(String(said.body["reply"]), /kids-tablet/);
    assert.equal(typeof said.body["chat"], "string");
    const plan = await chat(token, '{"message":"/system/identity/set name=attic"}');
    assert.equal(plan.status, 200);
    const offered = plan.body["plan"] as { id: string; risk: string; diff: string };
    assert.match(offered.diff, /attic/);
    const done = await chat(token, JSON.stringify({ message: `/approve ${offered.id}`, chat: plan.body["chat"] }));
    assert.equal(done.status, 200);
    const now = await chat(token, '{"message":"/system/identity/print"}');
    assert.match(String(now.body["reply"]), /attic/);
    const revoked = await curl("-X", "DELETE", "-H", `authorization: Bearer ${token}`, `${base}/pair`);
    assert.ok(revoked.status === 200 || revoked.status === 204);
    assert.equal((await chat(token, '{"message":"/help"}')).status, 401);
  });

  it("refuses what it should, with its own code", async () => {
    assert.equal((await chat(null, "{}")).status, 401);
    assert.equal((await chat("wrong", "{}")).status, 401);
    assert.equal((await curl("-H", "Host: evil.example", `${base}/health`)).status, 421);
    assert.equal((await curl("-X", "PUT", `${base}/health`)).status, 405);
    assert.equal((await curl(`${base}/nothing`)).status, 401);
    const statuses: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const r = await curl("-X", "POST", "-H", "X-Pairing-Code: 00000000", `${base}/pair`);
      statuses.push(r.status);
      if (r.status === 429) {
        assert.match(r.head, /retry-after/i);
        assert.equal(typeof r.body["retry_after"], "number");
      }
    }
    assert.ok(statuses.includes(403) && statuses.at(-1) === 429, statuses.join(" "));
  });

  it("streams as server-sent events when asked", async () => {
    const other = run(["gateway", "--port", "0", "--json"], sim.env);
    const { port } = (await other.event("listening")) as { port: number };
    const first = String((await other.event("pairing"))["code"]);
    const at = `http://127.0.0.1:${port}`;
    const { body } = await curl("-X", "POST", "-H", `X-Pairing-Code: ${first}`, `${at}/pair`);
    const { stdout } = await exec("curl", [
      "-sS",
      "--max-time",
      "20",
      "-H",
      "accept: text/event-stream",
      "-H",
      "content-type: application/json",
      "-H",
      `authorization: Bearer ${String(body["token"])}`,
      "-d",
      '{"message":"/help"}',
      `${at}/chat`,
    ]);
    assert.match(stdout, /event: final\ndata: \{/);
    await other.stop();
  });
});

describe("a taken port", () => {
  it("is one sentence and exit 2, with nothing half started", async () => {
    const hole = await blackHole();
    const r = await runOnce(["gateway", "--port", String(hole.port)], {});
    assert.equal(r.code, 2, r.err);
    assert.match(r.err + r.out, /in use|taken/);
    hole.close();
  });

  it("PAIRING_REQUIRED=0 is refused off loopback", async () => {
    const r = await runOnce(["gateway", "--port", "0", "--bind", "0.0.0.0"], { PAIRING_REQUIRED: "0" });
    assert.equal(r.code, 2, r.err);
  });
});
