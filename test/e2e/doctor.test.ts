// Doctor and the start, with everything wrong that a router owner meets: one sentence, the
// step that mends it, the right exit code, and no secret anywhere.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { nodeOnly, runOnce, startSim } from "../support/program.ts";

interface Check {
  id: string;
  ok: boolean;
  what: string;
  next?: string;
}

async function doctor(env: Record<string, string>): Promise<{ code: number; checks: ReadonlyMap<string, Check> }> {
  const r = await runOnce(["doctor", "--json"], { GATEWAY_PORT: "0", ...env });
  const report = JSON.parse(r.out) as { ok: boolean; checks: Check[] };
  assert.deepEqual(Object.keys(report), ["ok", "checks"]);
  assert.equal(
    report.ok,
    report.checks.every((c) => c.ok),
  );
  assert.equal(r.code, report.ok ? 0 : 1);
  for (const c of report.checks) assert.ok(c.ok || (c.next ?? "") !== "", `nothing mends ${JSON.stringify(c)}`);
  return { code: r.code, checks: new Map(report.checks.map((c) => [c.id, c])) };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const at = server.address();
  return typeof at === "object" && at !== null ? at.port : 0;
}

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-doctor-"));
const sockets = new Set<Socket>();
const servers: Server[] = [];
let certs: Certificates;

async function opened(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket.on("error", () => undefined)));
  return listening(server);
}

before(() => {
  certs = makeCertificates();
});
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  certs.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("doctor", () => {
  it("with nothing configured says what to set", async () => {
    const { code, checks } = await doctor({});
    assert.equal(code, 1);
    assert.match(checks.get("router")?.next ?? "", /ROUTER_HOST/);
    assert.equal(checks.get("model")?.ok, true);
  });

  it("ends although everything accepts and never answers", async () => {
    const port = await opened(createServer());
    const { checks } = await doctor({
      ROUTER_HOST: `127.0.0.1:${port}`,
      LLM_BASE_URL: `http://127.0.0.1:${port}/v1`,
      MODEL: "m",
      BOT_TOKEN: "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
      TELEGRAM_API_ROOT: `http://127.0.0.1:${port}`,
      GATEWAY_PORT: String(port),
    });
    for (const id of ["router", "model", "telegram"]) assert.equal(checks.get(id)?.what, "No answer in time.", id);
    assert.match(checks.get("gateway")?.what ?? "", /taken by another program/);
  });

  it("tells a wrong password, and shows neither it nor the login", async () => {
    const sim = await startSim();
    const { checks } = await doctor({ ...sim.env, ROUTER_PASS: "wrong-password" }).finally(() => sim.stop());
    assert.match(`${checks.get("router")?.what}`, /refuses the login of user "tester"/);
    const login = Buffer.from("tester:wrong-password").toString("base64");
    const all = JSON.stringify([...checks.values()]);
    assert.ok(!all.includes("wrong-password") && !all.includes(login), all);
  });

  it("redacts what a peer sends back", async () => {
    const answer = (head: string): string => {
      const [, sent = ""] = /authorization: Basic (\S+)/i.exec(head) ?? [];
      const body = JSON.stringify({ error: 400, message: "Bad Request", detail: `you sent ${sent}` });
      return `HTTP/1.1 400 No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    const port = await opened(
      createServer((socket) => {
        socket.on("data", (data) => socket.write(answer(data.toString())));
      }),
    );
    const { checks } = await doctor({ ROUTER_HOST: `127.0.0.1:${port}`, ROUTER_PASS: "pass-4711" });
    const login = Buffer.from("admin:pass-4711").toString("base64");
    assert.ok(!JSON.stringify([...checks.values()]).includes(login));
    assert.match(checks.get("router")?.what ?? "", /<secret:router_login>/);
  });

  it("tells an expired certificate and one that is not the pinned one", async () => {
    const old = await opened(createTlsServer({ cert: certs.expired.certPem, key: certs.expired.keyPem }));
    const expired = await doctor({
      ROUTER_HOST: `https://127.0.0.1:${old}`,
      MIKROCLAW_CA_FILE: certs.authority.certFile,
    });
    assert.match(expired.checks.get("router")?.what ?? "", /has expired/);
    const port = await opened(createTlsServer({ cert: certs.good.certPem, key: certs.good.keyPem }));
    const pinned = await doctor({ ROUTER_HOST: `https://127.0.0.1:${port}`, ROUTER_PIN: certs.stranger.pin });
    assert.match(pinned.checks.get("router")?.what ?? "", /is not the pinned one/);
    assert.match(pinned.checks.get("router")?.next ?? "", /\/certificate\/print/);
  });
});

describe("a configuration that cannot work", () => {
  it("is one sentence with the next step, and exit 2", async () => {
    const taken = await opened(createServer());
    const garbage = join(folder, "ca.pem");
    writeFileSync(garbage, "garbage");
    const cases: ReadonlyArray<readonly [args: string[], env: Record<string, string>, said: RegExp]> = [
      [["gateway", "--port", String(taken)], {}, /^Port \d+ of 127\.0\.0\.1 is taken .* --port \d+/],
      [["gateway", "--bind", "203.0.113.7"], {}, /does not have the address 203\.0\.113\.7\. Use --bind 127\.0\.0\.1/],
      [["gateway", "--bind", "fe80::1", "--port", "0"], {}, /fe80::1.* Use --bind 127\.0\.0\.1/],
      [["gateway", "--bind", "nosuch.host"], {}, /^--bind must be an IP address/],
      [["sim", "--port", String(taken)], {}, /is taken .* --port \d+/],
      [["doctor"], { ROUTER_HOST: "r", MIKROCLAW_CA_FILE: garbage }, /ca\.pem holds no certificate/],
      [["config"], { ROUTER_HOST: "http://me:hush-hush@r" }, /ROUTER_USER and ROUTER_PASS/],
      [["config", "--dump"], { LLM_PROVIDER: "opanai" }, /Did you mean "openai"/],
    ];
    for (const [args, env, said] of cases) {
      const r = await runOnce(args, env);
      assert.equal(r.code, 2, `${args.join(" ")}: ${r.out}${r.err}`);
      assert.match(r.err, said);
      assert.equal(r.err.split("\n").length, 1);
      assert.doesNotMatch(r.out + r.err, /hush/);
    }
  });
});

describe("a configuration file", { skip: nodeOnly }, () => {
  it("names the workspace and the router before the start", async () => {
    const sim = await startSim();
    const workspace = join(folder, "from-file");
    const path = join(folder, "mikroclaw.json");
    const { ROUTER_HOST, ROUTER_USER, ROUTER_PASS } = sim.env;
    const keys = { workspace, routerHost: ROUTER_HOST, routerUser: ROUTER_USER, routerPass: ROUTER_PASS };
    writeFileSync(path, JSON.stringify(keys));
    const { checks } = await doctor({ MIKROCLAW_CONFIG: path }).finally(() => sim.stop());
    assert.equal(checks.get("router")?.ok, true, JSON.stringify([...checks.values()]));
    assert.ok(checks.get("workspace")?.what.includes(workspace) && existsSync(workspace));
    // As `make run` starts it: the built-in simulator is for those without a router.
    const run = await runOnce(
      ["agent", "--port", "0"],
      { MIKROCLAW_CONFIG: path, MIKROCLAW_BUILTIN_SIM: "1" },
      "/status\n",
    );
    assert.match(run.out, /Router: cannot be read/);
  });
});
