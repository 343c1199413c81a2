// More certificate authorities of the owner: a PEM file (RFC 7468), looked at before any
// connection, so that a wrong file is not found out as a certificate that nobody trusts.

import { unbase64 } from "../base/bytes.ts";
import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { CA_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import { makeHttp } from "../net/http-client.ts";
import type { Host } from "../port/host.ts";
import type { Config } from "./config.ts";
import { readOwnersFile } from "./config-file.ts";

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g;

/** Certificate authorities of the owner, as PEM. */
async function extraRoots(s: Scope, host: Host, config: Config): Wait<string | undefined> {
  const path = config.text("MIKROCLAW_CA_FILE");
  if (path === undefined) return undefined;
  const bytes = await readOwnersFile(s, host, path, CA_BYTES_MAX);
  return isFault(bytes) ? bytes : certificatesIn(decodeUtf8(bytes), path);
}

/** The client of this program, which trusts the owner's authorities too; `pem` is them. */
export async function ownersHttp(
  s: Scope,
  host: Host,
  config: Config,
  version: string,
): Wait<{ http: ReturnType<typeof makeHttp>; pem: string | undefined }> {
  const pem = await extraRoots(s, host, config);
  if (isFault(pem)) return pem;
  const http = makeHttp(host, { userAgent: `mikroclaw/${version}`, ...(pem === undefined ? {} : { extraPem: pem }) });
  return { http, pem };
}

/** The text, if it holds certificates and nothing broken that begins like one. */
export function certificatesIn(pem: string, path: string): Outcome<string> {
  const blocks = [...pem.matchAll(BLOCK)];
  const begun = pem.split("-----BEGIN CERTIFICATE-----").length - 1;
  const broken = begun !== blocks.length || blocks.some(([, text = ""]) => !isCertificate(text));
  if (blocks.length > 0 && !broken) return pem;
  const what = begun > 0 ? "holds a certificate that is broken or cut off" : "holds no certificate";
  return fault("input", `The file ${path} ${what}.`, {
    code: "bad_config",
    next: 'Give a PEM file with lines "-----BEGIN CERTIFICATE-----"; on a router: /certificate/export-certificate type=pem',
  });
}

// RFC 5280 section 4.1: a SEQUENCE that begins with another one, and DER says how long it is.
function isCertificate(text: string): boolean {
  const body = text.replace(/\s+/g, "");
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return false;
  const bytes = (body.length / 4) * 3 - (body.length - body.replace(/=+$/, "").length);
  const head = unbase64(body.slice(0, 8));
  if (isFault(head) || head[0] !== 0x30) return false;
  // 128 to 65535 bytes: the length stands in the next one or two.
  const size = (head[1] ?? 0) - 0x80;
  const length = size === 1 ? (head[2] ?? 0) : (head[2] ?? 0) * 256 + (head[3] ?? 0);
  return (size === 1 || size === 2) && bytes === 2 + size + length && head[2 + size] === 0x30;
}
