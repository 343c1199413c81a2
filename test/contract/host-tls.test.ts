// One table of TLS servers, good and bad, for the Node host and for the native one: both must
// take and refuse the same, with sentences that mean the same. The servers are openssl's.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { rootCertificates } from "node:tls";
import { type Anchor, pack } from "../../scripts/native/caroots.ts";
import type { Tls } from "../../src/port/host.ts";
import { bundleFor } from "../native/bundle.ts";
import {
  type Certificate,
  type Certificates,
  type HardCertificates,
  makeCertificates,
  makeHardCertificates,
  nameAndKey,
} from "../support/certificates.ts";
import { archs, runScript, testBuild } from "../support/native.ts";
import { makeTestHost } from "../support/node-host.ts";
import { type Dial, type Dialled, dial } from "../support/tls-dial.ts";
import { ending, opensslServer, type Peer, trickling } from "../support/tls-peers.ts";

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-tls-table-"));
const script = bundleFor("test/native/tls.entry.ts");

let c: Certificates;
let h: HardCertificates;

before(() => {
  c = makeCertificates();
  h = makeHardCertificates(c.authority);
});
after(() => {
  c.remove();
  h.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function onNode(asked: Dial): Promise<Dialled> {
  const g = makeTestHost();
  const r = await dial(g.host, g.scope, asked);
  assert.equal(g.host.openHandles, 0);
  await g.end();
  return r;
}

const onNative =
  (start: readonly string[]) =>
  async (asked: Dial): Promise<Dialled> => {
    const { code, out, err } = await runScript(start, await script, [], { DIAL: JSON.stringify(asked) });
    assert.equal(code, 0, err);
    return JSON.parse(out) as Dialled;
  };

interface Tried {
  name: string;
  on: (asked: Dial) => Promise<Dialled>;
  skip: string | false;
}

const natives = [...archs(), "sanitize"].map((arch): Tried => {
  const build = testBuild(arch);
  const name = `native ${arch}`;
  return "skip" in build ? { name, on: onNode, skip: build.skip } : { name, on: onNative(build.start), skip: false };
});
const HOSTS: readonly Tried[] = [{ name: "node", on: onNode, skip: false }, ...natives];

interface Row {
  title: string;
  cert: () => Certificate;
  args?: readonly string[] | (() => readonly string[]);
  tls?: () => Partial<Tls>;
  /** What stands between the two. */
  through?: (port: number) => Promise<Peer>;
  /** A sentence; none: it must pass. */
  refused?: RegExp | (() => RegExp);
  fault?: string;
  only?: "native";
}

const WORDS = "one two three";
const TURNED = "eerht owt eno\n";
const NAME = "localhost";

async function run(row: Row, on: (asked: Dial) => Promise<Dialled>): Promise<void> {
  const args = typeof row.args === "function" ? row.args() : row.args;
  const server = await opensslServer(row.cert(), args);
  const way = await row.through?.(server.port);
  const tls: Tls = { name: NAME, roots: "none", extraPem: c.authority.certPem, ...row.tls?.() };
  const asked = { port: way?.port ?? server.port, tls, send: `${WORDS}\n`, await: TURNED.length };
  const { text, fault } = await on(asked).finally(async () => {
    await way?.stop();
    await server.stop();
  });
  const sentence = typeof row.refused === "function" ? row.refused() : row.refused;
  if (sentence === undefined) {
    assert.deepEqual({ text, fault }, { text: TURNED, fault: null });
    return;
  }
  assert.equal(text, "");
  assert.match(fault?.what ?? "nothing", sentence);
  assert.equal(fault?.fault, row.fault ?? "denied", fault?.what);
}

const both = (versions: Row, ...more: readonly string[]): Row[] =>
  ["-tls1_2", "-tls1_3"].map((version) => ({
    ...versions,
    title: `${versions.title} (${version.slice(4).replace("_", ".")})`,
    args: () => [version, ...more, ...(typeof versions.args === "function" ? versions.args() : (versions.args ?? []))],
  }));

const pinned = (cert: () => Certificate) => (): Partial<Tls> => ({ pinSha256: cert().pin, extraPem: "", name: "x" });
const chain =
  (...certs: ReadonlyArray<() => Certificate>) =>
  (): string[] => {
    const file = join(folder, "chain.pem");
    writeFileSync(file, certs.map((cert) => cert().certPem).join(""));
    return ["-cert_chain", file];
  };
const print = (cert: () => Certificate, text: string) => (): RegExp => new RegExp(`${text}.*${cert().pin}`);

const accepted: readonly Row[] = [
  ...both({ title: "ECDSA on P-256", cert: () => c.good }),
  ...both({ title: "ECDSA on P-384", cert: () => h.large }),
  ...both({ title: "RSA with 2048 bits", cert: () => h.rsa }),
  ...both({ title: "a pinned self-signed one", cert: () => c.selfSigned, tls: pinned(() => c.selfSigned) }),
  ...both({ title: "a pinned expired one", cert: () => c.expired, tls: pinned(() => c.expired) }),
  ...both({
    title: "a pinned weak one",
    cert: () => h.weakKey,
    args: ["-cipher", "ALL:@SECLEVEL=0"],
    tls: pinned(() => h.weakKey),
  }),
  ...both({ title: "one byte at a time", cert: () => h.rsa, through: trickling }),
  ...both({ title: "an authority in the middle that is sent", cert: () => h.underMiddle, args: chain(() => h.middle) }),
  { title: "a wildcard for one label", cert: () => h.wildcard, tls: () => ({ name: "a.Example.org" }) },
  { title: "an IPv4 address", cert: () => c.good, tls: () => ({ name: "127.0.0.1" }) },
  { title: "an IPv6 address", cert: () => h.sixth, tls: () => ({ name: "::1" }) },
  { title: "a name in other letters", cert: () => c.good, tls: () => ({ name: "LocalHost" }) },
  {
    title: "its own certificate given as a root",
    cert: () => c.selfSigned,
    tls: () => ({ extraPem: c.selfSigned.certPem }),
  },
  { title: "beside Mozilla's roots", cert: () => c.good, tls: () => ({ roots: "mozilla" }) },
  {
    title: "an old root sent along",
    cert: () => c.good,
    args: chain(
      () => c.authority,
      () => h.oldRoot,
    ),
  },
  { title: "ChaCha20 (1.2)", cert: () => c.good, args: ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"] },
  { title: "ChaCha20 (1.3)", cert: () => c.good, args: ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"] },
  { title: "AES-256 (1.2)", cert: () => h.rsa, args: ["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"] },
  { title: "AES-256 (1.3)", cert: () => h.rsa, args: ["-ciphersuites", "TLS_AES_256_GCM_SHA384"] },
  { title: "PKCS#1 signatures (1.2)", cert: () => h.rsa, args: ["-tls1_2", "-sigalgs", "RSA+SHA256"] },
  { title: "PSS signatures (1.2)", cert: () => h.rsa, args: ["-tls1_2", "-sigalgs", "RSA-PSS+SHA256"] },
  { title: "only the curve P-384", cert: () => c.good, args: ["-groups", "secp384r1"] },
];

const SELF = "is signed by itself, not by an authority trusted here";
const STRANGE = "was not signed by an authority that this program trusts";
const WEAK = /too weak/;
const NO_VERSION = /No TLS connection with localhost came about: .*(protocol|version|TLS 1\.2 or 1\.3)/;

const refused: readonly Row[] = [
  ...both({ title: "expired", cert: () => c.expired, refused: /of localhost has expired: it was valid until .*\d{4}/ }),
  ...both({
    title: "not yet valid",
    cert: () => c.future,
    refused: /is not valid yet; the clock of this machine may be wrong/,
  }),
  ...both({
    title: "another name",
    cert: () => c.wrongName,
    refused: print(() => c.wrongName, "is for other names: DNS:example.org"),
  }),
  ...both({
    title: "a common name alone",
    cert: () => c.onlyCommonName,
    refused: /lists no names; a common name alone/,
  }),
  ...both({ title: "self-signed", cert: () => c.selfSigned, refused: print(() => c.selfSigned, SELF) }),
  ...both({ title: "an unknown authority", cert: () => c.stranger, refused: print(() => c.stranger, STRANGE) }),
  ...both({
    title: "an authority in the middle that is missing",
    cert: () => h.underMiddle,
    refused: print(() => h.underMiddle, STRANGE),
  }),
  ...both({ title: "a weak key", cert: () => h.weakKey, args: ["-cipher", "ALL:@SECLEVEL=0"], refused: WEAK }),
  ...both({ title: "a weak hash", cert: () => h.weakHash, args: ["-cipher", "ALL:@SECLEVEL=0"], refused: WEAK }),
  ...both({ title: "for clients only", cert: () => h.client, refused: /is not meant for a server/ }),
  ...both({
    title: "not the pinned one",
    cert: () => c.good,
    tls: () => ({ pinSha256: c.selfSigned.pin }),
    refused: print(() => c.good, "is not the pinned one"),
  }),
  ...both({
    title: "pinned by its authority",
    cert: () => c.good,
    tls: () => ({ pinSha256: c.authority.pin }),
    refused: /is not the pinned one/,
  }),
  {
    title: "an authority with a weak key",
    cert: () => h.underWeak,
    args: () => ["-cipher", "ALL:@SECLEVEL=0", ...chain(() => h.weakMiddle)()],
    refused: WEAK,
  },
  { title: "an empty pin", cert: () => c.good, tls: () => ({ pinSha256: "" }), refused: /is not the pinned one/ },
  {
    title: "another address",
    cert: () => h.sixth,
    tls: () => ({ name: "127.0.0.1" }),
    refused: /is for other names: IP.*1/,
  },
  {
    title: "an address among the names",
    cert: () => h.addressAsName,
    tls: () => ({ name: "127.0.0.1" }),
    refused: /is for other names/,
  },
  {
    title: "a wildcard for two labels",
    cert: () => h.wildcard,
    tls: () => ({ name: "a.b.example.org" }),
    refused: /is for other names/,
  },
  {
    title: "a wildcard for no label",
    cert: () => h.wildcard,
    tls: () => ({ name: "example.org" }),
    refused: /is for other names/,
  },
  {
    title: "a wildcard for all of a domain",
    cert: () => h.wildcard,
    tls: () => ({ name: "a.test" }),
    refused: /is for other names/,
  },
  {
    title: "only Mozilla's roots",
    cert: () => c.good,
    tls: () => ({ roots: "mozilla", extraPem: "" }),
    refused: new RegExp(STRANGE),
  },
  { title: "no roots", cert: () => c.good, tls: () => ({ extraPem: "" }), refused: new RegExp(STRANGE) },
  { title: "TLS 1.0", cert: () => c.good, args: ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], refused: NO_VERSION },
  { title: "TLS 1.1", cert: () => c.good, args: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], refused: NO_VERSION },
  {
    title: "CBC ciphers",
    cert: () => h.rsa,
    args: ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"],
    refused: /No TLS connection .*cipher/,
    only: "native",
  },
  {
    // Node does not say whether TLS or only TCP has ended.
    only: "native",
    title: "a record that is cut",
    cert: () => c.good,
    args: ["-tls1_2"],
    through: (port) => ending(port, (r) => r.subarray(0, -3)),
    refused: /broke the connection off/,
    fault: "unreachable",
  },
  {
    only: "native",
    title: "an end between records",
    cert: () => c.good,
    args: ["-tls1_2"],
    through: (port) => ending(port, () => Buffer.alloc(0)),
    refused: /broke the connection off/,
    fault: "unreachable",
  },
  {
    title: "a record that was changed",
    cert: () => c.good,
    args: ["-tls1_2"],
    through: (port) => ending(port, (r) => Buffer.concat([r.subarray(0, -1), Buffer.of((r.at(-1) ?? 0) ^ 1)])),
    refused: /broke/,
    fault: "unreachable",
  },
];

for (const { name, on, skip } of HOSTS) {
  for (const row of accepted) test(`tls, ${name}: taken: ${row.title}`, { skip }, () => run(row, on));
  for (const row of refused.filter((r) => r.only === undefined || name.startsWith(r.only))) {
    test(`tls, ${name}: refused: ${row.title}`, { skip }, () => run(row, on));
  }

  test(`tls, ${name}: refused: roots that hold no certificate`, { skip }, () =>
    run({ title: "", cert: () => c.good, tls: () => ({ extraPem: "nothing" }), refused: /./ }, on),
  );

  test(`tls, ${name}: a server of plain text and one that hangs up are told apart`, { skip }, async () => {
    let words = "HTTP/1.1 400 Bad Request\r\n\r\n";
    const server = createServer((socket) => socket.on("error", () => undefined).end(words)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const asked = { port, tls: { name: NAME, roots: "none" as const }, send: "", await: 1 };
    const plain = await on(asked);
    assert.match(plain.fault?.what ?? "", /The other side does not speak TLS on this port/);
    assert.equal(plain.fault?.fault, "denied");
    words = "";
    assert.equal((await on(asked)).fault?.fault, "unreachable");
    server.close();
  });
}

/** A table in which our authority and Node's own roots stand for Mozilla's. */
function rootsFile(distrustAfter = 0): string {
  const anchor = (pem: string): Anchor => {
    const { subject, key } = nameAndKey(new X509Certificate(pem));
    return { label: "", subject, key, distrustAfter };
  };
  const file = join(folder, `roots-${distrustAfter}.bin`);
  writeFileSync(
    file,
    pack([anchor(c.authority.certPem), anchor(h.rsaAuthority.certPem), ...rootCertificates.map(anchor)]),
  );
  return file;
}

for (const { name, on, skip } of natives) {
  for (const kind of ["EC", "RSA"] as const) {
    test(`tls, ${name}: an authority of the built-in table is trusted, with a key of ${kind}`, { skip }, async () => {
      const server = await opensslServer(kind === "EC" ? c.good : h.underRsa);
      const tls: Tls = { name: NAME, roots: "mozilla" };
      const asked = { port: server.port, tls, send: `${WORDS}\n`, await: TURNED.length };
      assert.deepEqual(await on({ ...asked, rootsFile: rootsFile() }), { text: TURNED, fault: null });
      const early = await on({ ...asked, rootsFile: rootsFile(20_200_101) });
      assert.match(early.fault?.what ?? "", new RegExp(STRANGE));
      assert.deepEqual(await on({ ...asked, rootsFile: rootsFile(20_990_101) }), { text: TURNED, fault: null });
      const alone = await on({ ...asked, tls: { ...tls, roots: "none" }, rootsFile: rootsFile() });
      assert.match(alone.fault?.what ?? "", new RegExp(STRANGE));
      const other = await on({ ...asked, tls: { ...tls, name: "example.org" }, rootsFile: rootsFile() });
      assert.match(other.fault?.what ?? "", /is for other names/);
      await server.stop();
    });
  }

  test(`tls, ${name}: while the clock is behind the build only a pinned certificate is taken`, { skip }, async () => {
    const server = await opensslServer(c.good);
    const tls: Tls = { name: NAME, roots: "none", extraPem: c.authority.certPem };
    const asked = { port: server.port, tls, send: `${WORDS}\n`, await: TURNED.length, builtS: 4_102_444_800 };
    const { fault } = await on(asked);
    assert.match(fault?.what ?? "", /The clock says 20\d\d-\d\d-\d\d, but this program was built on 2100-01-01/);
    assert.match(fault?.what ?? "", /\/system\/ntp\/client\/set/);
    assert.equal(fault?.fault, "denied");
    const taken = await on({ ...asked, tls: { ...tls, pinSha256: c.good.pin } });
    assert.deepEqual(taken, { text: TURNED, fault: null });
    await server.stop();
  });
}
