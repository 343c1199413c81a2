// The native host as a TLS server, under the sanitizers: clients that are not ours, and what hostile ones send.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { makePrng } from "../../src/host/sim/prng.ts";
import { bundleFor } from "../native/bundle.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { runScript, testBuild } from "../support/native.ts";
import { freePort } from "../support/ports.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { changing } from "../support/tls-peers.ts";

const ECHO_MS_MAX = 20_000;
const build = testBuild("sanitize");
let certs: Certificates;

before(() => {
  certs = makeCertificates();
});
after(() => certs.remove());

type Client = Pick<ConnectionOptions, "minVersion" | "maxVersion">;

/** Sends all and reads as much; null: the connection broke, or was not made. */
async function echoed(port: number, sent: Buffer, version: Client = {}): Promise<Buffer | null> {
  const socket = tlsConnect({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: certs.authority.certPem,
    ...version,
  });
  const got: Buffer[] = [];
  let size = 0;
  const ended = new Promise<boolean>((told) => {
    socket.on("data", (bytes: Buffer) => {
      got.push(bytes);
      size += bytes.length;
      if (size >= sent.length) told(true);
    });
    socket.once("error", () => told(false));
    socket.once("close", () => told(false));
    socket.setTimeout(ECHO_MS_MAX, () => told(false));
  });
  socket.once("secureConnect", () => socket.write(sent));
  const whole = await ended;
  socket.destroy();
  return whole ? Buffer.concat(got) : null;
}

/** The first bytes that a client of Node's sends. */
async function helloOf(version: Client): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  const client = tlsConnect({ port: typeof at === "object" ? (at?.port ?? 0) : 0, host: "127.0.0.1", ...version });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** Sends bytes as they are and hangs up when it is answered, or not in time. */
async function throwAt(port: number, bytes: Buffer): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  const done = new Promise<void>((told) => {
    socket.once("data", () => told());
    socket.once("close", () => told());
    setTimeout(told, 20);
  });
  socket.write(bytes);
  await done;
  socket.destroy();
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await echoed(port, Buffer.from("x"))) return;
    await sleep(50);
  }
  assert.fail("the listener does not answer");
}

/** Runs `visit` against the echo server; what the server counted. */
async function served(
  visit: (port: number) => Promise<void>,
): Promise<{ whole: number; broken: number; open: number }> {
  assert.ok("start" in build);
  const port = await freePort();
  const { certPem, keyPem } = certs.good;
  const script = await bundleFor("test/native/tls-echo.entry.ts");
  const SERVE = JSON.stringify({ port, certPem, keyPem });
  const running = runScript(build.start, script, [], { SERVE });
  await listening(port);
  await visit(port);
  assert.deepEqual(await echoed(port, Buffer.from("still here")), Buffer.from("still here"));
  const last = tlsConnect({ port, host: "127.0.0.1", servername: "localhost", ca: certs.authority.certPem });
  last.on("error", () => undefined);
  last.once("secureConnect", () => last.write("quit\n"));
  const { code, out, err } = await running;
  last.destroy();
  assert.equal(err, "");
  assert.equal(code, 0);
  return JSON.parse(out);
}

const skip = "skip" in build ? build.skip : false;

test("tls listener: Node's and openssl's clients, a megabyte, many at once", { skip }, async () => {
  const counts = await served(async (port) => {
    const megabyte = Buffer.from(Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 13) & 255));
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const only = { minVersion: version, maxVersion: version };
      assert.deepEqual(await echoed(port, megabyte, only), megabyte, version);
      const many = await Promise.all(Array.from({ length: 8 }, () => echoed(port, megabyte.subarray(0, 70_000), only)));
      for (const one of many) assert.deepEqual(one, megabyte.subarray(0, 70_000));
    }
    const words = ["s_client", "-connect", `127.0.0.1:${port}`, "-CAfile", certs.authority.certFile, "-quiet"];
    const child = spawn("openssl", [...words, "-verify_return_error", "-servername", "localhost"]);
    child.stdin.write("from openssl\n");
    const [said] = await once(child.stdout, "data");
    assert.equal(String(said), "from openssl\n");
    child.kill();
    await once(child, "exit");
  });
  assert.equal(counts.open, 0);
});

test("tls listener: greetings that are cut, changed or none are broken off, and hurt nobody", { skip }, async (t) => {
  const chance = makePrng(SEED);
  const counts = await served(async (port) => {
    await throwAt(port, Buffer.from("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    await throwAt(port, Buffer.alloc(0));
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const hello = await helloOf({ minVersion: version, maxVersion: version });
      for (let n = 0; n < RUNS(60); n += 1) {
        const bytes = Buffer.from(hello.subarray(0, chance.below(3) === 0 ? chance.below(hello.length) : hello.length));
        for (let k = chance.below(4); k >= 0 && bytes.length > 0; k -= 1)
          bytes[chance.below(bytes.length)] = chance.below(256);
        await throwAt(port, bytes);
      }
    }
  });
  t.diagnostic(JSON.stringify(counts));
  assert.equal(counts.open, 0);
  assert.ok(counts.broken > RUNS(60));
});

test("tls listener: what is changed on the way breaks that connection alone", { skip }, async (t) => {
  const chance = makePrng(SEED);
  const sent = Buffer.from("a line that comes back ".repeat(40));
  let broke = 0;
  const counts = await served(async (port) => {
    for (let n = 0; n < RUNS(30); n += 1) {
      const version = n % 2 === 0 ? "TLSv1.2" : "TLSv1.3";
      const way = await changing(port, chance.below(2_000));
      const got = await echoed(way.port, sent, { minVersion: version, maxVersion: version });
      if (got === null) broke += 1;
      else assert.deepEqual(got, sent);
      await way.stop();
    }
  });
  t.diagnostic(`${broke} of ${RUNS(30)} broke; ${JSON.stringify(counts)}`);
  assert.ok(broke > 0);
  assert.equal(counts.open, 0);
});
