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
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
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
