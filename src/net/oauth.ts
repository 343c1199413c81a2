// Access tokens for a program that nobody watches (OAuth 2.0: RFC 6749 sections 4.4 and 6, used
// as RFC 6750 says): fetched once for all who wait, used until shortly before they expire. A new
// refresh token replaces the old one for as long as this process lives.

import { base64 } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { MODEL_ERROR_UNITS_MAX } from "../base/limits.ts";
import { OAUTH_MARGIN_MS, OAUTH_MS, OAUTH_REPLY_BYTES_MAX, OAUTH_TOKEN_UNITS_MAX } from "../base/limits-models.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import { joinSecret, redact, type Secret, secret } from "../base/secret.ts";
import { oneLine, printable } from "../base/text.ts";
import { percentEncode } from "../base/url.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import type { Clock } from "../port/clock.ts";
import type { Headers, Http, Request, Response } from "../port/http.ts";
import { retryAfterMs } from "./retry.ts";

/** Where a client signs in, and the fields of its request by their names in RFC 6749. */
export interface OauthClient {
  readonly name: string;
  readonly url: string;
  readonly fields: ReadonlyMap<string, Secret>;
  /** The secret goes into the body instead of the Authorization header (section 2.3.1 allows both). */
  readonly inBody: boolean;
}

export interface Tokens {
  /** One that is valid now. What refuses for good is `oauth_refused`, what may pass `oauth_away`. */
  get(s: Scope): Wait<Secret>;
  /** The service did not take this one: the next call fetches another. */
  refused(token: Secret): void;
}

interface Kit {
  /** A sign-in goes on when who asked for it leaves: others wait, and its new token may be the only valid one. */
  readonly life: Scope;
  readonly http: Http;
  readonly clock: Clock;
  /** Told of each secret that comes from the server; one of the same name is not used any more. */
  onSecret(s: Secret): void;
}

interface Granted {
  readonly token: Secret;
  readonly lastsMs: number;
  readonly refresh: Secret | undefined;
}

/** The tokens of one client. */
export function makeTokens(kit: Kit, client: OauthClient): Tokens {
  let refresh = client.fields.get("refresh_token");
  let token: Secret | null = null;
  let untilMs = 0;
  let running: Wait<Secret> | null = null;

  const fetchToken = async (s: Scope): Wait<Secret> => {
    const sent = await kit.http.send(s, requestOf(client, refresh));
    const granted = isFault(sent) ? away(client, sent.what) : grantOf(client, sent, kit.clock, refresh);
    if (isFault(granted)) return granted;
    refresh = granted.refresh ?? refresh;
    token = granted.token;
    untilMs = kit.clock.monoMs() + granted.lastsMs;
    kit.onSecret(token);
    if (granted.refresh !== undefined) kit.onSecret(granted.refresh);
    return token;
  };
  return {
    async get(s) {
      if (token !== null && kit.clock.monoMs() < untilMs) return token;
      running ??= launch(kit.life, OAUTH_MS, fetchToken).done.finally(() => {
        running = null;
      });
      const got = await orStop(s, running);
      const isLate = isFault(got) && got.code === undefined && s.stopped === null;
      return isLate ? away(client, got.what) : got;
    },
    refused(old) {
      if (old === token) token = null;
    },
  };
}

const joined = (name: string, parts: ReadonlyArray<string | Secret>): Secret => joinSecret(name, parts);

/** Percent escapes are a form's too (RFC 6749 appendix B). */
const escaped = (value: Secret): Secret => joinSecret(value.name, [value], percentEncode);

function requestOf(client: OauthClient, refresh: Secret | undefined): Request {
  const { fields, inBody, name } = client;
  const id = fields.get("client_id");
  const pass = fields.get("client_secret");
  const isBasic = pass !== undefined && id !== undefined && !inBody;
  const body: Array<string | Secret> = [`grant_type=${refresh === undefined ? "client_credentials" : "refresh_token"}`];
  for (const [field, value] of fields) {
    if (field === "refresh_token" || (isBasic && (field === "client_id" || field === "client_secret"))) continue;
    body.push(`&${percentEncode(field)}=`, escaped(value));
  }
  if (refresh !== undefined) body.push("&refresh_token=", escaped(refresh));
  const login = isBasic ? [escaped(id), ":", escaped(pass)] : [];
  const basic = joinSecret(name, login, (text) => base64(encodeUtf8(text)));
  const headers: Headers = isBasic ? [["authorization", joined(name, ["Basic ", basic])]] : [];
  return {
    method: "POST",
    url: client.url,
    headers: [["accept", "application/json"], ["content-type", "application/x-www-form-urlencoded"], ...headers],
    body: joined(name, body),
    maxBytes: OAUTH_REPLY_BYTES_MAX,
    // A refresh token may be good for one use only.
    repeatable: false,
    fresh: true,
  };
}

function grantOf(client: OauthClient, r: Response, clock: Clock, refresh: Secret | undefined): Outcome<Granted> {
  const value = parseJson(decodeUtf8(r.body), OAUTH_REPLY_BYTES_MAX);
  const said: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null && !isFault(value) ? { ...value } : {};
  if (r.status !== 200) return refusal(client, r, said, clock, refresh);
  const { access_token: access, token_type: kind, expires_in: seconds, refresh_token: next } = said;
  if (!isToken(access)) return away(client, "It answered without an access token.");
  if (typeof kind !== "string" || kind.toLowerCase() !== "bearer") return away(client, "Its token is no bearer token.");
  // Section 5.1: without expires_in it is valid until it is refused.
  const lastsMs = Number(seconds ?? Infinity) * 1_000;
  return {
    token: secret(`${client.name}_token`, access),
    lastsMs: lastsMs > 2 * OAUTH_MARGIN_MS ? lastsMs - OAUTH_MARGIN_MS : lastsMs / 2 || 0,
    refresh: isToken(next) ? secret(`${client.name}_refresh`, next) : undefined,
  };
}

// RFC 6749 appendix A.12: visible characters and spaces; a space would not survive in a header.
function isToken(x: unknown): x is string {
  return typeof x === "string" && x.length <= OAUTH_TOKEN_UNITS_MAX && /^[!-~]+$/.test(x);
}

/** Section 5.2: `error` says what is wrong, and none of these words passes by itself. */
function refusal(
  client: OauthClient,
  r: Response,
  said: Readonly<Record<string, unknown>>,
  clock: Clock,
  refresh: Secret | undefined,
): Fault {
  const { error, error_description: more } = said;
  const words = [error, more].filter((w) => typeof w === "string").join(": ");
  const secrets = [...client.fields.values(), ...(refresh === undefined ? [] : [refresh])];
  const told = oneLine(printable(redact(words, secrets)), MODEL_ERROR_UNITS_MAX);
  const why = told === "" ? `status ${r.status}` : told;
  const variable = client.name.toUpperCase().replace(/_\d+$/, "");
  const passes = r.status >= 500 || r.status === 429 || r.status === 408;
  if (passes || error === "temporarily_unavailable" || error === "server_error") {
    const waitMs = retryAfterMs(r.headers, clock);
    return refault(away(client, `It said: ${why}.`), waitMs === undefined ? {} : { retryAfterMs: waitMs });
  }
  const next =
    error === "invalid_grant"
      ? `Sign in again and put the new refresh_token into ${variable}: the old one has expired, was revoked or was used elsewhere. Then send /model reload, or start again.`
      : `Check the address, client_id and client_secret of the OAuth entry in ${variable}.`;
  return fault("denied", `The sign-in at ${hostOf(client)} was refused (${why}).`, { code: "oauth_refused", next });
}

function hostOf({ url }: OauthClient): string {
  return url.split("/")[2] ?? "";
}

function away(client: OauthClient, why: string): Fault {
  return fault("unreachable", `The sign-in at ${hostOf(client)} gave no token: ${why}`, {
    code: "oauth_away",
    next: "Check the way to it; it is tried again.",
  });
}
