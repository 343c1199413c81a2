// Bearer tokens (RFC 6750) of paired clients. Only their SHA-256 hashes are kept, in memory;
// hashes given at the start survive a restart because the owner keeps them. Lifetimes are on
// the monotonic clock: a router's wall clock begins in 1970 and jumps.

import { base64 } from "../../base/bytes.ts";
import { type Fault, fault, type Outcome } from "../../base/fault.ts";
import { hashSecret, sha256Hex } from "../../base/hash.ts";
import { TOKEN_MS, TOKENS_MAX } from "../../base/limits.ts";
import { isEmptySecret, joinSecret } from "../../base/secret.ts";
import { isoTime } from "../../base/time.ts";
import { headerSecret } from "../../net/http-head.ts";
import type { Clock, Random } from "../../port/clock.ts";
import type { Headers } from "../../port/http.ts";

const TOKEN_BYTES = 32;
/** So much of a hash names a client: in chat keys, in logs. */
const FINGERPRINT_UNITS = 16;

export interface Tokens {
  /** A new token, and when it ends. Once TOKENS_MAX is reached, the one that ends first makes room. */
  issue(): { token: string; expiresAt: string };
  /** Fingerprint of the client whose token the request carries, or null. */
  who(headers: Headers): string | null;
  revoke(fingerprint: string): void;
}

interface Kept {
  readonly hash: string;
  readonly fingerprint: string;
  readonly endsMs: number;
}

/** Tokens, beginning with those whose hashes (hex) are given. */
export function makeTokens(hashes: readonly string[], clock: Clock, random: Random): Outcome<Tokens> {
  if (hashes.some((h) => !/^[0-9a-f]{64}$/i.test(h)) || hashes.length > TOKENS_MAX) return badHashes();
  let kept: Kept[] = hashes.map((h) => keep(h.toLowerCase(), Infinity));
  const live = (): Kept[] => {
    const nowMs = clock.monoMs();
    kept = kept.filter((k) => k.endsMs > nowMs);
    return kept;
  };
  return {
    issue() {
      const token = base64(random.bytes(TOKEN_BYTES), "url");
      const paired = live().filter((k) => k.endsMs !== Infinity);
      if (kept.length >= TOKENS_MAX) kept = kept.filter((k) => k !== (paired[0] ?? kept[0]));
      kept.push(keep(sha256Hex(token), clock.monoMs() + TOKEN_MS));
      return { token, expiresAt: isoTime(clock.wallMs() + TOKEN_MS) };
    },
    who(headers) {
      const hash = bearerHash(headers);
      if (hash === null) return null;
      // The time of comparing hashes tells nothing that helps to make a token.
      return live().find((k) => k.hash === hash)?.fingerprint ?? null;
    },
    revoke(fingerprint) {
      kept = kept.filter((k) => k.fingerprint !== fingerprint);
    },
  };
}

function keep(hash: string, endsMs: number): Kept {
  return { hash, fingerprint: hash.slice(0, FINGERPRINT_UNITS), endsMs };
}

function badHashes(): Fault {
  return fault("input", `GATEWAY_TOKEN_SHA256 must be at most ${TOKENS_MAX} SHA-256 hashes of 64 hexadecimal digits.`, {
    code: "bad_config",
    next: "Make one with: printf %s TOKEN | sha256sum",
  });
}

function bearerHash(headers: Headers): string | null {
  const value = headerSecret(headers, "authorization");
  if (value === undefined) return null;
  const token = joinSecret("token", [value], (text) => /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(text)?.[1] ?? "");
  return isEmptySecret(token) ? null : hashSecret(token);
}

/** The fault of a request without a valid token. */
export function unauthorized(): Fault {
  return fault("denied", "A valid token is needed.", {
    code: "unauthorized",
    next: "Pair with POST /pair and the code that the agent shows, then send: Authorization: Bearer TOKEN",
  });
}
