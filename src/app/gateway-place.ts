// Where the gateway listens, with whose certificate, and how somebody on this machine asks it.

import * as z from "zod/mini";
import { unbase64 } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { sha256Hex } from "../base/hash.ts";
import { CA_BYTES_MAX, CONFIG_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { secret } from "../base/secret.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import type { Host, ListenAt, ServerTls, Tls } from "../port/host.ts";
import type { Http, Response } from "../port/http.ts";
import { parseJsonAs } from "../port/parse.ts";
import { certificatesIn } from "./authorities.ts";
import type { Config } from "./config.ts";
import { readOwnersFile } from "./config-file.ts";

export interface GatewayPlace extends ListenAt {
  /** For a client on this machine. */
  readonly url: string;
}

/** The place that the configuration names; its certificate and key are read and looked at. */
export async function gatewayPlace(s: Scope, host: Host, config: Config): Wait<GatewayPlace> {
  const bind = config.text("GATEWAY_BIND") ?? "127.0.0.1";
  const port = config.number("GATEWAY_PORT") ?? 0;
  const tls = await ownersTls(s, host, config);
  if (isFault(tls)) return tls;
  const near = bind === "0.0.0.0" || bind === "::" ? "127.0.0.1" : bind;
  const at = { host: bind, port, url: gatewayUrl(config, near, port) };
  return tls === undefined ? at : { ...at, tls };
}

/** What the gateway speaks with this configuration. */
export function gatewayScheme(config: Config): "http" | "https" {
  return config.text("GATEWAY_CERT_FILE") === undefined ? "http" : "https";
}

/** The gateway's URL at this address. */
export function gatewayUrl(config: Config, address: string, port: number): string {
  return `${gatewayScheme(config)}://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Asks a gateway on this machine. Over TLS only its own certificate counts, whatever names are in it. */
function askGateway(s: Scope, http: Http, { url, tls }: GatewayPlace, path: string): Wait<Response> {
  const ask = { method: "GET", url: `${url}${path}`, headers: [], maxBytes: CONFIG_BYTES_MAX, repeatable: true };
  return http.send(s, tls === undefined ? ask : { ...ask, tls: pinned(tls.certPem) });
}

const health = () =>
  z.object({
    status: z.enum(["ok", "degraded"]),
    components: z.record(z.string(), z.boolean()),
    waiting: z.optional(z.number()),
  });

/** What the open health route says. */
export type Health = z.infer<ReturnType<typeof health>>;

/** The state of the agent that runs there; unreachable where none does. */
export async function askHealth(s: Scope, http: Http, place: GatewayPlace): Wait<Health> {
  const r = await askGateway(s, http, place, "/health");
  const url = `${place.url}/health`;
  if (isFault(r))
    return fault("unreachable", `No agent answers at ${url}.`, { next: "Start it with: mikroclaw gateway" });
  const parsed = parseJsonAs(health, decodeUtf8(r.body), "reply of /health");
  return isFault(parsed) ? fault("failed", `What answers at ${url} is not MikroClaw.`) : parsed;
}

function pinned(pem: string): Omit<Tls, "name"> {
  const der = unbase64((/-----BEGIN CERTIFICATE-----([^-]*)/.exec(pem)?.[1] ?? "").replace(/\s+/g, ""));
  return { roots: "none", pinSha256: isFault(der) ? "" : sha256Hex(der) };
}

async function ownersTls(s: Scope, host: Host, config: Config): Wait<ServerTls | undefined> {
  const certPath = config.text("GATEWAY_CERT_FILE");
  const keyPath = config.text("GATEWAY_KEY_FILE");
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined)
    return bad("GATEWAY_CERT_FILE and GATEWAY_KEY_FILE belong together, and one of them is not set.", "Set both.");
  const certBytes = await readOwnersFile(s, host, certPath, CA_BYTES_MAX);
  if (isFault(certBytes)) return certBytes;
  const certPem = certificatesIn(decodeUtf8(certBytes), certPath);
  if (isFault(certPem)) return certPem;
  const keyBytes = await readOwnersFile(s, host, keyPath, CONFIG_BYTES_MAX);
  if (isFault(keyBytes)) return keyBytes;
  const key = decodeUtf8(keyBytes);
  // RFC 5958, RFC 5915 and PKCS#1; RouterOS exports a key with a passphrase only (PKCS#8, or "Proc-Type").
  if (/ENCRYPTED/.test(key))
    return bad(`The key in ${keyPath} is encrypted.`, `openssl pkey -in ${keyPath} -out key.pem`);
  if (!/-----BEGIN (EC |RSA )?PRIVATE KEY-----/.test(key))
    return bad(`The file ${keyPath} holds no private key.`, "Give a PEM file.");
  return { certPem, keyPem: secret("GATEWAY_KEY_FILE", key) };
}

function bad(what: string, next: string): Fault {
  return fault("input", what, { code: "bad_config", next });
}
