// Certificates made by openssl for one test run: an authority and what it signed, good and
// bad ones.

import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  certPem: string;
  keyPem: string;
  certFile: string;
  keyFile: string;
  /** SHA-256 of the DER form, lower-case hex. */
  pin: string;
}

export interface Certificates {
  authority: Certificate;
  good: Certificate;
  expired: Certificate;
  future: Certificate;
  wrongName: Certificate;
  /** A common name "localhost" and no list of names. */
  onlyCommonName: Certificate;
  selfSigned: Certificate;
  /** By an authority that nobody is told of. */
  stranger: Certificate;
  remove(): void;
}

interface Wish {
  common: string;
  names?: string;
  /** Of the authority; absent: signed by itself. */
  by?: Certificate;
  from?: string;
  to?: string;
  isAuthority?: boolean;
  /** As `openssl req -newkey` takes it; absent: a P-256 key. */
  key?: readonly string[];
  hash?: string;
  /** Extended key usage. */
  usage?: string;
}

const DAY_MS = 86_400_000;

// The form that `openssl ca` and `openssl x509` take: YYYYMMDDHHMMSSZ.
function stamp(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, "");
}

function settings(wish: Wish, folder: string): string {
  return [
    "[req]\ndistinguished_name=dn\nprompt=no\n[dn]",
    `CN=${wish.common}`,
    `[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=${folder}\ndatabase=${folder}/index\nrand_serial=yes`,
    "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n[ext]",
    `basicConstraints=critical,CA:${wish.isAuthority === true ? "TRUE" : "FALSE"}`,
    wish.names === undefined ? "" : `subjectAltName=${wish.names}`,
    wish.usage === undefined ? "" : `extendedKeyUsage=${wish.usage}`,
  ].join("\n");
}

function make(folder: string, name: string, wish: Wish): Certificate {
  const at = (end: string): string => join(folder, `${name}.${end}`);
  const run = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  writeFileSync(at("conf"), settings(wish, folder));
  writeFileSync(join(folder, "index"), "");
  run(
    "req",
    "-new",
    "-newkey",
    ...(wish.key ?? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    "-nodes",
    "-config",
    at("conf"),
    "-keyout",
    at("key"),
    "-out",
    at("csr"),
  );
  const signer =
    wish.by === undefined
      ? ["-selfsign", "-keyfile", at("key")]
      : ["-cert", wish.by.certFile, "-keyfile", wish.by.keyFile];
  run(
    "ca",
    "-batch",
    "-notext",
    "-md",
    wish.hash ?? "sha256",
    "-config",
    at("conf"),
    "-extensions",
    "ext",
    "-startdate",
    wish.from ?? stamp(-1),
    "-enddate",
    wish.to ?? stamp(30),
    "-in",
    at("csr"),
    "-out",
    at("crt"),
    ...signer,
  );
  const certPem = readFileSync(at("crt"), "utf8");
  const pin = new X509Certificate(certPem).fingerprint256.replaceAll(":", "").toLowerCase();
  return { certPem, keyPem: readFileSync(at("key"), "utf8"), certFile: at("crt"), keyFile: at("key"), pin };
}

/** Makes them all; `remove` deletes the files. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-tls-"));
  const local = "DNS:localhost,IP:127.0.0.1";
  const authority = make(folder, "authority", { common: "Test authority", isAuthority: true });
  const other = make(folder, "other", { common: "Other authority", isAuthority: true });
  return {
    authority,
    good: make(folder, "good", { common: "good", names: local, by: authority }),
    expired: make(folder, "expired", { common: "old", names: local, by: authority, from: stamp(-30), to: stamp(-2) }),
    future: make(folder, "future", { common: "new", names: local, by: authority, from: stamp(2), to: stamp(30) }),
    wrongName: make(folder, "wrong", { common: "wrong", names: "DNS:example.org", by: authority }),
    onlyCommonName: make(folder, "common", { common: "localhost", by: authority }),
    selfSigned: make(folder, "self", { common: "self", names: local }),
    stranger: make(folder, "stranger", { common: "stranger", names: local, by: other }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface HardCertificates {
  rsa: Certificate;
  /** On the curve P-384. */
  large: Certificate;
  /** For *.example.org and *.test. */
  wildcard: Certificate;
  /** For ::1 only. */
  sixth: Certificate;
  /** An address written where names belong. */
  addressAsName: Certificate;
  /** An authority that the authority made, and what it signed. */
  middle: Certificate;
  underMiddle: Certificate;
  weakKey: Certificate;
  weakHash: Certificate;
  /** Of an authority whose key is weak. */
  underWeak: Certificate;
  weakMiddle: Certificate;
  /** For clients only. */
  client: Certificate;
  /** An authority of its own with 4096 bits, and what it signed. */
  rsaAuthority: Certificate;
  underRsa: Certificate;
  /** Signs itself with SHA-1: some servers still send such a root along. */
  oldRoot: Certificate;
  remove(): void;
}

/** What only the table of TLS refusals needs; signed by the authority of {@link makeCertificates}. */
export function makeHardCertificates(authority: Certificate): HardCertificates {
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-tls-"));
  const names = "DNS:localhost,IP:127.0.0.1";
  const leaf = (name: string, more: Partial<Wish>): Certificate =>
    make(folder, name, { common: name, names, by: authority, ...more });
  const middle = leaf("middle", { isAuthority: true });
  const weakMiddle = leaf("weak-middle", { isAuthority: true, key: ["rsa:1024"] });
  const rsaAuthority = make(folder, "rsa-authority", { common: "RSA", isAuthority: true, key: ["rsa:4096"] });
  return {
    rsaAuthority,
    underRsa: leaf("under-rsa", { by: rsaAuthority }),
    middle,
    weakMiddle,
    rsa: leaf("rsa", { key: ["rsa:2048"] }),
    large: leaf("large", { key: ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], hash: "sha384" }),
    wildcard: leaf("wildcard", { names: "DNS:*.example.org,DNS:*.test" }),
    sixth: leaf("sixth", { names: "IP:::1" }),
    addressAsName: leaf("address-as-name", { names: "DNS:127.0.0.1,DNS:*.0.0.1" }),
    underMiddle: leaf("under-middle", { by: middle }),
    weakKey: leaf("weak-key", { key: ["rsa:1024"] }),
    weakHash: leaf("weak-hash", { hash: "sha1" }),
    underWeak: leaf("under-weak", { by: weakMiddle }),
    client: leaf("client", { usage: "clientAuth" }),
    oldRoot: make(folder, "old-root", { common: "Old root", isAuthority: true, hash: "sha1" }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The DER of a certificate's subject and of its key (RFC 5280 section 4.1). */
export function nameAndKey({ raw, publicKey }: X509Certificate): { subject: Buffer; key: Buffer } {
  // Start of the content and end of the element at `at` (X.690 section 8.1).
  const element = (at: number): [start: number, end: number] => {
    const first = raw.readUInt8(at + 1);
    if (first < 0x80) return [at + 2, at + 2 + first];
    const start = at + 2 + (first & 0x7f);
    return [start, start + raw.readUIntBE(at + 2, first & 0x7f)];
  };
  let at = element(element(0)[0])[0];
  // Version (only from 2 on), serial number, signature, issuer, validity; then the subject.
  for (let skip = raw.readUInt8(at) === 0xa0 ? 5 : 4; skip > 0; skip -= 1) at = element(at)[1];
  return { subject: raw.subarray(at, element(at)[1]), key: publicKey.export({ type: "spki", format: "der" }) };
}
