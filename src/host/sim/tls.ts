// TLS as the simulator models it: no bytes are encrypted, but a certificate has names, an
// issuer, a validity and a fingerprint, and is judged as a real client judges it (RFC 9525
// names, RFC 5280 section 6 validity and issuer; a pin replaces both).

import { base64, unbase64 } from "../../base/bytes.ts";
import { isFault } from "../../base/fault.ts";
import { sha256Hex } from "../../base/hash.ts";
import { parseJson } from "../../base/json.ts";
import { decodeUtf8, encodeUtf8 } from "../../base/utf8.ts";

/** What a simulated certificate says. */
export interface CertificateFacts {
  /** Host names (one leading "*." allowed) and addresses it is for. */
  names: readonly string[];
  /** "mozilla": a public authority signed it. Anything else: the name of a private one, or of itself. */
  issuer: string;
  /** Wall clock, milliseconds since 1970 UTC. */
  fromMs: number;
  toMs: number;
  /** Makes certificates with the same facts differ. */
  serial: number;
}

export interface Identity {
  certPem: string;
  keyPem: string;
  /** As RouterOS shows `fingerprint`. */
  pinSha256: string;
}

/** The `tls` of a CONNECT. */
export interface ClientTls {
  name: string;
  pin?: string;
  roots: "mozilla" | "none";
  extraPem?: string;
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const YEAR_MS = 31_536_000_000;

/** A certificate with its key for {@link CertificateFacts}; those not given are a valid public one's. */
export function makeIdentity(names: readonly string[], more: Partial<CertificateFacts> = {}): Identity {
  const facts: CertificateFacts = {
    issuer: "mozilla",
    fromMs: 30 * YEAR_MS,
    toMs: 130 * YEAR_MS,
    serial: 1,
    ...more,
    names,
  };
  const body = encodeUtf8(JSON.stringify(facts));
  const pinSha256 = sha256Hex(body);
  return {
    certPem: `${BEGIN}\n${base64(body)}\n${END}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${base64(encodeUtf8(pinSha256))}\n-----END PRIVATE KEY-----\n`,
    pinSha256,
  };
}

/** True when the key belongs to the certificate, so that a server may listen with them. */
export function isPair(certPem: string, keyPem: string): boolean {
  const bytes = bodies(certPem)[0];
  return bytes !== undefined && keyPem.includes(base64(encodeUtf8(sha256Hex(bytes))));
}

function bodies(pem: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const piece of pem.split(BEGIN).slice(1)) {
    const bytes = unbase64((piece.split(END)[0] ?? "").replace(/\s/g, ""));
    if (!isFault(bytes)) found.push(bytes);
  }
  return found;
}

function factsOf(bytes: Uint8Array): CertificateFacts | null {
  const facts = parseJson(decodeUtf8(bytes));
  return isFault(facts) ? null : (facts as CertificateFacts);
}

function isFor(facts: CertificateFacts, name: string): boolean {
  const wanted = name.toLowerCase();
  return facts.names.some((n) => {
    if (!n.startsWith("*.")) return n.toLowerCase() === wanted;
    const dot = wanted.indexOf(".");
    return dot > 0 && wanted.slice(dot + 1) === n.slice(2).toLowerCase();
  });
}

/** Why the client does not take the server's certificate, in one sentence; null when it does. */
export function judge(client: ClientTls, certPem: string, wallMs: number): string | null {
  const bytes = bodies(certPem)[0];
  const facts = bytes === undefined ? null : factsOf(bytes);
  if (bytes === undefined || facts === null) return "The server's certificate cannot be read.";
  const pin = sha256Hex(bytes);
  if (client.pin !== undefined) {
    if (client.pin.toLowerCase() === pin) return null;
    return `The certificate is not the pinned one: its SHA-256 fingerprint is ${pin}.`;
  }
  const extra = bodies(client.extraPem ?? "");
  const known = extra.some((e) => sha256Hex(e) === pin || factsOf(e)?.issuer === facts.issuer);
  const isPublic = facts.issuer === "mozilla" && client.roots === "mozilla";
  if (!known && !isPublic) return "The certificate was not signed by an authority that this program trusts.";
  if (wallMs < facts.fromMs) return "The certificate is not valid yet; the clock of this machine may be wrong.";
  if (wallMs > facts.toMs) return "The certificate has expired.";
  if (!isFor(facts, client.name)) return `The certificate is not for ${client.name}.`;
  return null;
}
