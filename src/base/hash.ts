// SHA-256 and HMAC (@noble/hashes, bytes only: its string helpers want a TextEncoder), and
// a fast hash for traces that is the same on every engine and no defence against anybody.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { hex } from "./bytes.ts";
import { reveal, type Secret } from "./secret.ts";
import { encodeUtf8 } from "./utf8.ts";

/** SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** SHA-256 of bytes, or of a text's UTF-8, as lower-case hex. */
export function sha256Hex(what: Uint8Array | string): string {
  return hex(nobleSha256(typeof what === "string" ? encodeUtf8(what) : what));
}

/** SHA-256 of a secret's text as hex: what may be stored and compared in its place. */
export function hashSecret(s: Secret): string {
  return sha256Hex(reveal(s));
}

/** HMAC with SHA-256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, bytes);
}

/** Collects texts into 64 bits; their borders count. For comparing runs, never for security. */
export function traceHash(): { add(text: string): void; hex(): string } {
  // Two lanes of FNV-1a with different primes, stirred by each other (32-bit integers only).
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const mix = (unit: number): void => {
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit ^ (a >>> 15), 0x85ebca6b);
  };
  const word = (x: number): string => (x >>> 0).toString(16).padStart(8, "0");
  return {
    add(text) {
      for (let i = 0; i < text.length; i += 1) mix(text.charCodeAt(i));
      mix(0x10000 + text.length);
    },
    hex: () => word(a ^ (b >>> 13)) + word(b),
  };
}
