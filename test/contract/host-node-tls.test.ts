// TLS of the Node host against servers that are not ours: Node's own and openssl's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { after, before, test } from "node:test";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { Fault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import type { Stream, Tls } from "../../src/port/host.ts";
import { type Certificate, type Certificates, makeCertificates } from "../support/certificates.ts";
import { makeTestHost, type TestHost } from "../support/node-host.ts";
import { opensslServer } from "../support/tls-peers.ts";
import { bad, closeAll, good, readAll } from "./host-ground.ts";

let certs: Certificates;
let g: TestHost;

before(() => {
  certs = makeCertificates();
  g = makeTestHost();
});
after(async () => {
  await g.end();
  certs.remove();
});

interface Peer {
  port: number;
  /** Bytes that arrived inside TLS, from all clients. */
  heard(): string;
  sni(): string[];
  alpn(): Array<string | false | null>;
  close(): Promise<void>;
}

/** An echo server of Node's own. */
async function nodePeer(cert: Certificate, more: TlsOptions = {}): Promise<Peer> {
  let heard = "";
  const sni: string[] = [];
  const alpn: Array<string | false | null> = [];
  const open = new Set<TLSSocket>();
  const server = createServer(
    { cert: cert.certPem, key: cert.keyPem, ALPNProtocols: ["h2", "http/1.1"], ...more },
    (socket) => {
      open.add(socket);
      sni.push(String((socket as TLSSocket & { servername?: string | false }).servername));
      alpn.push(socket.alpnProtocol);
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        heard += bytes.toString();
        socket.write(bytes);
      });
    },
  );
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    sni: () => sni,
    alpn: () => alpn,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function trying(
  cert: Certificate,
  tls: Omit<Tls, "name"> & { name?: string },
  more: TlsOptions = {},
): Promise<{ r: Stream | Fault; peer: Peer }> {
  const peer = await nodePeer(cert, more);
  const r = await g.host.connect(g.scope, { host: "127.0.0.1", port: peer.port }, { name: "localhost", ...tls });
  return { r, peer };
}

async function accepted(cert: Certificate, tls: Omit<Tls, "name"> & { name?: string }): Promise<Peer> {
  const { r, peer } = await trying(cert, tls);
  const stream = good(r);
  good(await stream.write(g.scope, Buffer.from("hello")));
  assert.equal(Buffer.from(good(await stream.read(g.scope, 100))).toString(), "hello");
  await stream.close();
  await peer.close();
  return peer;
}

async function refused(cert: Certificate, tls: Omit<Tls, "name"> & { name?: string }, sentence: RegExp): Promise<void> {
  const { r, peer } = await trying(cert, tls);
  const f = bad(r, "denied");
  assert.equal(f.code, "tls");
  assert.match(f.what, sentence);
  assert.equal(f.maybeDone, false);
  await peer.close();
  assert.equal(peer.heard(), "");
}

const trusted = (): Omit<Tls, "name"> => ({ roots: "none", extraPem: certs.authority.certPem });
const colons = (pin: string): string => (pin.toUpperCase().match(/../g) ?? []).join(":");

test("tls: a certificate of an extra authority is taken, beside the bundled roots or alone", async () => {
  const peer = await accepted(certs.good, trusted());
  assert.deepEqual(peer.sni(), ["localhost"]);
  assert.deepEqual(peer.alpn(), ["http/1.1"]);
  await accepted(certs.good, { roots: "mozilla", extraPem: certs.authority.certPem });
});

test("tls: an address is checked against the certificate's addresses and sends no server name", async () => {
  const peer = await accepted(certs.good, { ...trusted(), name: "127.0.0.1" });
  assert.deepEqual(peer.sni(), ["false"]);
  await refused(certs.wrongName, { ...trusted(), name: "127.0.0.1" }, /other names: DNS:example\.org/);
});

test("tls: an expired certificate is refused with its date", () =>
  refused(certs.expired, trusted(), /has expired: it was valid until .*\d{4}/));
test("tls: a certificate of the future points to the clock", () =>
  refused(certs.future, trusted(), /not valid yet.*clock/));
test("tls: a wrong name is refused with the names there are", () =>
  refused(certs.wrongName, trusted(), /other names: DNS:example\.org/));
test("tls: a common name alone is refused", () => refused(certs.onlyCommonName, trusted(), /lists no names/));
test("tls: a self-signed certificate is refused with its fingerprint", () =>
  refused(certs.selfSigned, trusted(), new RegExp(`signed by itself.*${certs.selfSigned.pin}`)));
test("tls: an unknown authority is refused with the fingerprint", () =>
  refused(certs.stranger, trusted(), new RegExp(`not signed by an authority.*${certs.stranger.pin}`)));
test("tls: the test authority is unknown to the bundled roots", () =>
  refused(certs.good, { roots: "mozilla" }, /not signed by an authority/));
test("tls: without any root nothing is trusted", () =>
  refused(certs.good, { roots: "none" }, /not signed by an authority/));

test("tls: a pin replaces authority, name and time, however it is written", async () => {
  for (const cert of [certs.selfSigned, certs.expired, certs.wrongName, certs.onlyCommonName, certs.stranger]) {
    await accepted(cert, { roots: "none", pinSha256: cert.pin });
    await accepted(cert, { roots: "none", pinSha256: colons(cert.pin) });
  }
});

test("tls: a wrong pin is refused although the certificate is good, before a byte is sent", async () => {
  const wrong = { ...trusted(), pinSha256: certs.selfSigned.pin };
  await refused(certs.good, wrong, new RegExp(`not the pinned one.*${certs.good.pin}`));
  await refused(certs.good, { ...trusted(), pinSha256: "" }, /not the pinned one/);
  await refused(certs.good, { ...trusted(), pinSha256: certs.good.pin.slice(0, 62) }, /not the pinned one/);
  await refused(certs.good, { ...trusted(), pinSha256: certs.authority.pin }, /not the pinned one/);
});

test("tls: roots that cannot be read trust nothing", async () => {
  const { r, peer } = await trying(certs.good, { roots: "none", extraPem: "no certificate at all" });
  bad(r, "denied");
  await peer.close();
});

test("tls: versions below 1.2 are refused with a sentence", async () => {
  const { r, peer } = await trying(certs.good, trusted(), {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  assert.match(bad(r, "denied").what, /No TLS connection with localhost/);
  await peer.close();
});

test("tls: 1.2 and 1.3 both work", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const { r, peer } = await trying(certs.good, trusted(), { minVersion: version, maxVersion: version });
    await good(r).close();
    await peer.close();
  }
});

test("tls: a server that does not speak it is said to", async () => {
  const server = createTcpServer((socket) =>
    socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const r = await g.host.connect(g.scope, { host: "127.0.0.1", port }, { name: "localhost", ...trusted() });
  assert.match(bad(r, "denied").what, /does not speak TLS/);
  server.close();
});

test("tls: a server that hangs up in the handshake is unreachable, not a certificate's fault", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => undefined).destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  bad(await g.host.connect(g.scope, { host: "127.0.0.1", port }, { name: "localhost", ...trusted() }), "unreachable");
  server.close();
});

test("tls: our own listener speaks to our own client, a megabyte both ways", async () => {
  const tls = { certPem: certs.good.certPem, keyPem: secret("key", certs.good.keyPem) };
  const listener = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0, tls }));
  const accepting = listener.accept(g.scope);
  const near = good(
    await g.host.connect(g.scope, { host: "127.0.0.1", port: listener.port }, { name: "localhost", ...trusted() }),
  );
  const far = good(await accepting);
  const sent = Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 13) & 255);
  const push = async (to: Stream): Promise<void> => {
    good(await to.write(g.scope, sent));
    good(await to.shutdown(g.scope));
  };
  const [, , there, back] = await Promise.all([push(near), push(far), readAll(g.scope, far), readAll(g.scope, near)]);
  assert.ok(Buffer.from(there).equals(sent) && Buffer.from(back).equals(sent));
  await closeAll(near, far, listener);
  assert.equal(g.host.openHandles, 0);
});

test("tls: a key that does not belong to its certificate is refused at once", async () => {
  const tls = { certPem: certs.good.certPem, keyPem: secret("key", certs.expired.keyPem) };
  const f = bad(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0, tls }), "denied");
  assert.match(f.what, /belong together/);
  assert.ok(!f.what.includes("PRIVATE"));
});

test("tls: openssl's server is taken, refused and pinned alike", async () => {
  const server = await opensslServer(certs.good);
  try {
    const to = { host: "127.0.0.1", port: server.port };
    const stream = good(await g.host.connect(g.scope, to, { name: "localhost", ...trusted() }));
    good(await stream.write(g.scope, Buffer.from("abc\n")));
    assert.equal(Buffer.from(good(await stream.read(g.scope, 100))).toString(), "cba\n");
    await stream.close();
    await good(await g.host.connect(g.scope, to, { name: "x", roots: "none", pinSha256: certs.good.pin })).close();
    bad(await g.host.connect(g.scope, to, { name: "x", roots: "none", pinSha256: certs.expired.pin }), "denied");
    assert.match(
      bad(await g.host.connect(g.scope, to, { name: "example.net", ...trusted() }), "denied").what,
      /other names/,
    );
  } finally {
    await server.stop();
  }
});
