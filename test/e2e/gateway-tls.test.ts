// The gateway with the owner's certificate, and who asks it: other people's TLS clients, our own
// `status` and `doctor`, clients that are slow, silent or speak no TLS.

import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { SecureVersion } from "node:tls";
import {
  type Certificate,
  type Certificates,
  type HardCertificates,
  makeCertificates,
  makeHardCertificates,
} from "../support/certificates.ts";
import { type Running, run, runOnce } from "../support/program.ts";
import { trickling } from "../support/tls-peers.ts";

const SILENT = 20;

let c: Certificates;
let h: HardCertificates;
before(() => {
  c = makeCertificates();
  h = makeHardCertificates(c.authority);
});
after(() => {
  c.remove();
  h.remove();
});

const filesOf = (cert: string, key: string): Record<string, string> => ({
  GATEWAY_CERT_FILE: cert,
  GATEWAY_KEY_FILE: key,
});

interface Gateway {
  port: number;
  env: Record<string, string>;
  program: Running;
}

async function withGateway(cert: Certificate, body: (gateway: Gateway) => Promise<void>): Promise<void> {
  const own = filesOf(cert.certFile, cert.keyFile);
  const program = run(["gateway", "--port", "0", "--json"], own);
  try {
    const { port } = (await program.event("listening")) as { port: number };
    await body({ port, env: { ...own, GATEWAY_PORT: String(port) }, program });
  } finally {
    assert.equal(await program.stop(), 0);
  }
}

interface Asking {
  agent?: Agent;
  version?: SecureVersion;
  method?: string;
  path?: string;
  body?: string;
}

function ask(port: number, how: Asking = {}): Promise<{ status: number; protocol: string | null; text: string }> {
  const { agent, version, method = "GET", path = "/health", body = "" } = how;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      method,
      path,
      ca: [c.authority.certPem],
      agent: agent ?? new Agent(),
      ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    });
    asked.on("error", reject).on("response", (r) => {
      let text = "";
      const protocol = "getProtocol" in r.socket ? (r.socket.getProtocol as () => string | null)() : null;
      r.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      r.on("end", () => resolve({ status: r.statusCode ?? 0, protocol, text })).on("error", reject);
    });
    asked.end(body);
  });
}

const KINDS = { "P-256": () => c.good, "P-384": () => h.large, RSA: () => h.rsa } as const;

for (const [kind, cert] of Object.entries(KINDS)) {
  test(`gateway over TLS, ${kind}: 1.2 and 1.3, kept connections, bodies, our own status and doctor`, async () => {
    await withGateway(cert(), async ({ port, env }) => {
      for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (let n = 0; n < 3; n += 1) {
          const { status, protocol, text } = await ask(port, { agent, version });
          assert.deepEqual([status, protocol], [200, version]);
          assert.match(text, /"gateway":true/);
        }
        // Longer than one record, both ways through the parser.
        const body = JSON.stringify({ message: "x".repeat(40_000) });
        assert.equal((await ask(port, { agent, version, method: "POST", path: "/chat", body })).status, 401);
        agent.destroy();
      }
      const status = await runOnce(["status", "--json"], env);
      assert.match(status.out, /"gateway":true/, status.err);
      const doctor = await runOnce(["doctor", "--json"], env);
      assert.match(doctor.out, /An agent already answers on/, doctor.err);
    });
  });
}

test("gateway over TLS: one byte at a time, silence, and no TLS at all keep nobody else waiting", async () => {
  await withGateway(c.good, async ({ port, env }) => {
    const silent = Array.from({ length: SILENT }, () => connect(port, "127.0.0.1").on("error", () => undefined));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    const plain = connect(port, "127.0.0.1").on("error", () => undefined);
    let answer = "";
    plain.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    plain.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Not once(): a connection that is cut rejects that.
    await new Promise((closed) => plain.on("close", closed));
    assert.doesNotMatch(answer, /HTTP/);
    const way = await trickling(port);
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      // Kept open: an end would overtake what is still trickling.
      const agent = new Agent({ keepAlive: true });
      assert.equal((await ask(way.port, { version, agent })).status, 200);
      agent.destroy();
    }
    await way.stop();
    await assert.rejects(ask(port, { version: "TLSv1.1", agent: new Agent({ ciphers: "ALL:@SECLEVEL=0" }) }));
    // Only its own certificate is taken for it.
    const other = await runOnce(["status"], { ...env, ...filesOf(h.large.certFile, h.large.keyFile) });
    assert.equal(other.code, 1);
    assert.equal((await ask(port)).status, 200);
    for (const socket of silent) socket.destroy();
  });
});

test("gateway over TLS: what is wrong with the files is said before anything listens", async () => {
  const broken = join(c.good.certFile, "../broken.pem");
  writeFileSync(broken, c.good.certPem.slice(0, 300));
  const locked = join(c.good.certFile, "../locked.pem");
  writeFileSync(locked, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
  const { certFile, keyFile } = c.good;
  const rows: ReadonlyArray<readonly [env: Record<string, string>, said: RegExp]> = [
    [{ GATEWAY_CERT_FILE: certFile }, /belong together, and one of them is not set/],
    [{ GATEWAY_KEY_FILE: keyFile }, /belong together, and one of them is not set/],
    [filesOf("/nowhere.pem", keyFile), /\/nowhere\.pem could not be read/],
    [filesOf(broken, keyFile), /broken or cut off/],
    [filesOf(keyFile, keyFile), /holds no certificate/],
    [filesOf(certFile, certFile), /holds no private key/],
    [filesOf(certFile, locked), /is encrypted\. openssl pkey/],
    [filesOf(certFile, c.expired.keyFile), /cannot be read, or they do not belong together/],
  ];
  for (const [env, said] of rows) {
    const { code, err, out } = await runOnce(["gateway", "--port", "0"], env);
    assert.equal(code, 2, `${said}: ${out}${err}`);
    assert.match(err, said);
    assert.doesNotMatch(err, /PRIVATE KEY/);
  }
});
