// Pairing: a short code that the agent shows becomes a token. A code is good once, for ten
// minutes, and gone after ten wrong tries in all, so guessing one of 2^40 is hopeless.
// A new code is announced at start, after those wrong tries, and when somebody asks for one
// by a try after the old one's time, used or not: so a second device needs no restart.

import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import { type Fault, fault, type Outcome } from "../../base/fault.ts";
import { hashSecret, sha256Hex } from "../../base/hash.ts";
import { PAIR_CODE_MS, PAIR_TYPED_UNITS_MAX, PAIR_WRONG_TOTAL_MAX } from "../../base/limits.ts";
import { joinSecret, type Secret } from "../../base/secret.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { headerSecret } from "../../net/http-head.ts";
import type { Clock, Log, Random } from "../../port/clock.ts";
import type { Incoming, Reply } from "../../port/http.ts";
import type { Tokens } from "./auth.ts";
import { makePeers, peerName } from "./pair-peers.ts";
import { jsonReply } from "./reply.ts";

// Crockford's base32: no I, L, O, U (https://www.crockford.com/base32.html).
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_UNITS = 8;

export interface Pairing {
  /** Makes the first code and tells it. */
  announce(): void;
  /** `POST /pair`. */
  pair(r: Incoming): Outcome<Reply>;
}

export interface PairingParts {
  tokens: Tokens;
  clock: Clock;
  random: Random;
  log: Log;
  /** Shows a code to the owner, at the terminal only. */
  announceCode: (code: string) => void;
}

/** Codes and who tries them. */
export function makePairing(parts: PairingParts): Pairing {
  const { tokens, clock, random, log, announceCode } = parts;
  const peers = makePeers();
  let hash: Uint8Array = NO_BYTES;
  let endsMs = 0;
  let used = false;
  let wrong = 0;

  const announce = (): void => {
    const code = [...random.bytes(CODE_UNITS)].map((byte) => ALPHABET.charAt(byte & 31)).join("");
    hash = encodeUtf8(sha256Hex(code));
    endsMs = clock.monoMs() + PAIR_CODE_MS;
    used = false;
    wrong = 0;
    announceCode(code);
  };
  const refuse = (peer: string, what: string, next?: string): Fault => {
    const lockedMs = peers.wrong(peer, clock.monoMs());
    log.event("warn", "pairing.wrong", { peer, locked: lockedMs > 0 });
    wrong += 1;
    if (wrong >= PAIR_WRONG_TOTAL_MAX) {
      log.event("warn", "pairing.replaced", { wrong });
      announce();
    }
    return lockedMs > 0 ? tooMany(lockedMs) : wrongCode(what, next);
  };
  return {
    announce,
    pair(r) {
      const peer = peerName(r.peer);
      const given = headerSecret(r.headers, "x-pairing-code");
      if (given === undefined) return wrongCode("The header X-Pairing-Code is missing.");
      // A locked peer's tries are neither looked at nor counted: it must not wear out the owner's code.
      const waitMs = peers.lockedMs(peer, clock.monoMs());
      if (waitMs > 0) return tooMany(waitMs);
      const fits = equalBytes(hash, encodeUtf8(hashSecret(plainCode(given))));
      if (clock.monoMs() >= endsMs) {
        announce();
        const lockedMs = peers.wrong(peer, clock.monoMs());
        return lockedMs > 0
          ? tooMany(lockedMs)
          : wrongCode("The pairing code has expired; the agent shows a new one now.");
      }
      if (!fits) return refuse(peer, "This pairing code is not valid.");
      if (used)
        return refuse(
          peer,
          "This pairing code was used already; each is good once.",
          nextCode(endsMs - clock.monoMs()),
        );
      used = true;
      peers.right(peer);
      log.event("info", "pairing.done", { peer });
      return jsonReply(200, { paired: true, ...tokens.issue() });
    },
  };
}

/** As people type it: any case, hyphens and spaces anywhere, I and L for 1, O for 0. */
function plainCode(given: Secret): Secret {
  return joinSecret("pairing_code", [given], (text) => {
    if (text.length > PAIR_TYPED_UNITS_MAX) return "";
    return text.toUpperCase().replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
  });
}

const NEXT_CODE =
  'Send the code that the agent shows at its terminal (in a container: /log/print where topics~"container") as the header X-Pairing-Code; it is good once, for 10 minutes.';

function wrongCode(what: string, next = NEXT_CODE): Fault {
  return fault("denied", what, { code: "pairing_code", next });
}

function nextCode(leftMs: number): string {
  return `Restart the agent for a new code, or try once more in ${Math.max(1, Math.ceil(leftMs / 60_000))} minutes: it shows a new one then.`;
}

function tooMany(lockedMs: number): Fault {
  const seconds = Math.max(1, Math.ceil(lockedMs / 1_000));
  return fault("limit", "Too many wrong pairing codes came from this address.", {
    code: "pairing_locked",
    next: `Wait ${seconds} s.`,
    retryAfterMs: seconds * 1_000,
  });
}
