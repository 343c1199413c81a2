// The service that one entry of a key variable opens: with a key where the service wants it, or
// with a token of its own or of a sign-in, which goes the same way everywhere (RFC 6750).

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { hashSecret } from "../base/hash.ts";
import type { Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import { isLoopback, isPrivateAddress, parseUrl } from "../base/url.ts";
import type { ModelKey } from "../core/failover-types.ts";
import { makeTokens, type OauthClient, type Tokens } from "../net/oauth.ts";
import type { Clock } from "../port/clock.ts";
import type { Http } from "../port/http.ts";
import { type ModelService, openModel } from "./catalog.ts";
import { type KeyEntry, keyEntry } from "./key-entry.ts";
import type { ModelChoice } from "./model.ts";

export interface ProfileKit {
  /** Sign-ins live here. */
  readonly life: Scope;
  readonly http: Http;
  readonly clock: Clock;
  /** Told of each secret that a sign-in brings; one of the same name is not used any more. */
  onSecret(s: Secret): void;
  /** By the hash of its entry: a refresh token of one use is used by one, whatever models are asked with it. */
  readonly signIns: Map<string, Tokens>;
}

/** Sign-ins that live in `life`; what they bring is kept among `secrets`. */
export function makeProfileKit(life: Scope, http: Http, clock: Clock, secrets: Secret[]): ProfileKit {
  return {
    ...{ life, http, clock, signIns: new Map() },
    onSecret(s) {
      const at = secrets.findIndex((old) => old.name === s.name);
      secrets.splice(at < 0 ? secrets.length : at, 1, s);
    },
  };
}

export interface Profile {
  readonly kind: ModelKey["kind"];
  readonly service: ModelService;
}

type OauthEntry = Extract<KeyEntry, { kind: "OAuth" }>;

/** The service of `choice` with one of its keys. */
export function openProfile(choice: ModelChoice, key: Secret | null, kit: ProfileKit): Outcome<Profile> {
  const entry = keyEntry(key);
  const { kind } = entry;
  if (entry.kind === "OAuth") {
    const tokens = tokensOf(entry, kit);
    return isFault(tokens) ? tokens : { kind, service: signedIn(choice, tokens, kit) };
  }
  const service = entry.kind === "token" ? withToken(choice, entry.key, kit) : withKey(choice, entry.key, kit);
  return isFault(service) ? service : { kind, service };
}

function withKey(choice: ModelChoice, key: Secret | null, { http, clock }: ProfileKit): Outcome<ModelService> {
  return openModel({ ...choice, settings: { ...choice.settings, key } }, http, clock);
}

function withToken(choice: ModelChoice, token: Secret, kit: ProfileKit): Outcome<ModelService> {
  return withKey({ ...choice, settings: { ...choice.settings, keyHeader: "authorization" } }, token, kit);
}

function tokensOf(entry: OauthEntry, kit: ProfileKit): Outcome<Tokens> {
  const client = clientOf(entry);
  if (isFault(client)) return client;
  const same = hashSecret(entry.key);
  const tokens = kit.signIns.get(same) ?? makeTokens(kit, client);
  kit.signIns.set(same, tokens);
  return tokens;
}

function clientOf({ key: { name }, url, fields }: OauthEntry): Outcome<OauthClient> {
  const place = parseUrl(url);
  const isWhole = fields.has("refresh_token") || (fields.has("client_secret") && fields.has("client_id"));
  // RFC 6749 section 3.2: a token endpoint is asked over TLS.
  const isSafe =
    !isFault(place) && (place.scheme === "https" || isLoopback(place.host) || isPrivateAddress(place.host));
  if (isSafe && isWhole) {
    const sent = new Map([...fields].filter(([field]) => field !== "in_body"));
    return { name, url: place.href, fields: sent, inBody: fields.has("in_body") };
  }
  return fault("input", `${name.toUpperCase()} has an OAuth entry that is not understood.`, {
    code: "bad_config",
    next: "Write it like oauth:https://HOST/token#refresh_token=TOKEN&client_id=ID&client_secret=SECRET; a comma or & in a value is %2C or %26.",
  });
}

/** A service whose key is the access token of the moment. */
function signedIn(choice: ModelChoice, tokens: Tokens, kit: ProfileKit): ModelService {
  let last: { token: Secret; service: Outcome<ModelService> } | null = null;
  const use = async <T>(token: Secret, run: (m: ModelService) => Wait<T>): Wait<T> => {
    if (last?.token !== token) last = { token, service: withToken(choice, token, kit) };
    const { service } = last;
    return isFault(service) ? service : run(service);
  };
  const call = async <T>(s: Scope, run: (m: ModelService) => Wait<T>): Wait<T> => {
    const token = await tokens.get(s);
    if (isFault(token)) return token;
    const got = await use(token, run);
    if (!isFault(got) || got.code !== "model_key") return got;
    // Taken back before its time: one more, fetched for all who meet this.
    tokens.refused(token);
    const other = await tokens.get(s);
    return isFault(other) ? other : use(other, run);
  };
  return {
    id: choice.dialect,
    complete: (s, ask, onDelta) => call(s, (m) => m.complete(s, ask, onDelta)),
    check: (s) => call(s, (m) => m.check(s)),
  };
}
