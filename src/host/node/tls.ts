// TLS with certificate checks a person can understand: a pin replaces authorities and
// names (and is checked before any byte is sent), a name must be in the certificate's
// list (RFC 9525: the common name does not count), TLS 1.2 at least.

import { isIP } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  DEFAULT_CIPHERS,
  type PeerCertificate,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { TLS_ROOT_SETS_MAX } from "../../base/limits.ts";
import { attempt, errno } from "./op.ts";

/** The `tls` of a CONNECT. */
export interface ClientTls {
  name: string;
  pin: string | null;
  roots: "mozilla" | "none";
  extraPem: string;
}

/** Reads the `tls` field; null when it is not one. */
export function clientTls(value: unknown): ClientTls | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, pin, roots, extraPem } = value as Record<string, unknown>;
  if (typeof name !== "string" || (roots !== "mozilla" && roots !== "none")) return null;
  if (pin !== undefined && typeof pin !== "string") return null;
  return {
    name,
    pin: pin === undefined ? null : plainPin(pin),
    roots,
    extraPem: typeof extraPem === "string" ? extraPem : "",
  };
}

function plainPin(pin: string): string {
  return pin.replace(/[:\s]/g, "").toLowerCase();
}

// OpenSSL's level 2: RSA of 2048 bits, curves of 224, no SHA-1 (SSL_CTX_set_security_level(3)).
const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=2`;

const kept = new Map<string, SecureContext>();

// The bundled roots alone are shared by Node itself; with others beside them a context is built and kept.
function contextOf(tls: ClientTls): SecureContext | undefined {
  if (tls.roots === "mozilla" && tls.extraPem === "") return undefined;
  const key = `${tls.roots}\n${tls.extraPem}`;
  const old = kept.get(key);
  if (old !== undefined) return old;
  const extra = tls.extraPem === "" ? [] : [tls.extraPem];
  const ca = tls.roots === "mozilla" ? [...rootCertificates, ...extra] : extra;
  const made = createSecureContext({ ca, ciphers, minVersion: "TLSv1.2" });
  const [oldest] = kept.keys();
  if (kept.size >= TLS_ROOT_SETS_MAX && oldest !== undefined) kept.delete(oldest);
  kept.set(key, made);
  return made;
}

function nameError(tls: ClientTls, cert: PeerCertificate): Error | undefined {
  if (cert.subjectaltname === undefined || cert.subjectaltname === "") {
    return Object.assign(new Error("no names"), { code: "NO_NAMES" });
  }
  return checkServerIdentity(tls.name, cert);
}

/** Opens the connection. Nothing is refused here: {@link certificateTrouble} judges before the first byte is sent. */
export function connectTls(host: string, port: number, tls: ClientTls): { value: TLSSocket } | { error: unknown } {
  return attempt(() => {
    const options: ConnectionOptions & { allowHalfOpen: boolean; noDelay: boolean } = {
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      minVersion: "TLSv1.2",
      ciphers,
      ALPNProtocols: ["http/1.1"],
      // Node would destroy the connection and with it what a person needs to know of the certificate.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    };
    // RFC 6066 section 3: a literal address is no server name.
    if (isIP(tls.name) === 0) options.servername = tls.name;
    const context = contextOf(tls);
    if (context !== undefined) options.secureContext = context;
    return connect(options);
  });
}

/** Why a secure connection must not be used; null when its certificate is good, or is the pinned one. */
export function certificateTrouble(socket: TLSSocket, tls: ClientTls): string | null {
  const cert = socket.getPeerCertificate();
  if (tls.pin === null) {
    if (!socket.authorized) return certificateSentence(String(socket.authorizationError), tls, cert);
    const wrong = nameError(tls, cert);
    return wrong === undefined ? null : certificateSentence(errno(wrong), tls, cert);
  }
  const seen = plainPin(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
  if (seen !== "" && seen === tls.pin) return null;
  return `The certificate of ${tls.name} is not the pinned one: its SHA-256 fingerprint is ${seen || "not known"}.`;
}

const UNKNOWN_AUTHORITY = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function certificateSentence(code: string, tls: ClientTls, cert: PeerCertificate): string {
  const who = `The certificate of ${tls.name}`;
  const print = ` Its SHA-256 fingerprint is ${plainPin(cert.fingerprint256 ?? "")}.`;
  if (code === "CERT_HAS_EXPIRED") return `${who} has expired: it was valid until ${cert.valid_to}.`;
  if (code === "CERT_NOT_YET_VALID") return `${who} is not valid yet; the clock of this machine may be wrong.`;
  if (code === "NO_NAMES") return `${who} lists no names; a common name alone does not count.${print}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `${who} is for other names: ${cert.subjectaltname}.${print}`;
  if (code === "DEPTH_ZERO_SELF_SIGNED_CERT")
    return `${who} is signed by itself, not by an authority trusted here.${print}`;
  if (UNKNOWN_AUTHORITY.has(code)) return `${who} was not signed by an authority that this program trusts.${print}`;
  if (code === "INVALID_PURPOSE") return `${who} is not meant for a server: its key usage says so.`;
  // Node has no name for the errors of the security level.
  if (code === "UNSPECIFIED") return `${who} is too weak, or an authority's above it: its key or its hash.${print}`;
  return `${who} was refused (${code}).${print}`;
}

/** A sentence about a failed handshake; null when the error is of the connection below it. */
export function handshakeTrouble(error: unknown, tls: ClientTls): string | null {
  const code = errno(error);
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "The other side does not speak TLS on this port.";
  }
  if (!/^(ERR_SSL_|ERR_OSSL_|ERR_TLS_|EPROTO)/.test(code)) return null;
  const reason = (error as { reason?: unknown }).reason;
  return `No TLS connection with ${tls.name} came about: ${typeof reason === "string" ? reason : code}.`;
}
