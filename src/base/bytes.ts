// Byte arrays: joining, searching, hex, base64 (RFC 4648), comparing in constant time.

import { type Fault, fault } from "./fault.ts";

export const NO_BYTES = new Uint8Array(0);

/** One array of all pieces. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0];
  let size = 0;
  for (const p of pieces) size += p.length;
  const out = new Uint8Array(size);
  let at = 0;
  for (const p of pieces) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Index of `needle` in `hay` at or after `from`, or -1. */
export function find(hay: Uint8Array, needle: Uint8Array, from = 0): number {
  const first = needle[0];
  if (first === undefined) return from;
  const last = hay.length - needle.length;
  for (let at = hay.indexOf(first, from); at >= 0 && at <= last; at = hay.indexOf(first, at + 1)) {
    let same = 1;
    while (same < needle.length && hay[at + same] === needle[same]) same += 1;
    if (same === needle.length) return at;
  }
  return -1;
}

/** Compares without telling by its time where the difference lies. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let diff = 0;
  for (let i = 0; i < a.length; i += 1) diff |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return diff === 0;
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const b of bytes) out += (b < 16 ? "0" : "") + b.toString(16);
  return out;
}

/** Bytes of hex text in either case; `input` fault for anything else. */
export function unhex(text: string): Uint8Array | Fault {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return fault("input", "This is not hexadecimal text.");
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const codesOf = (letters: string): readonly number[] => Array.from(letters, (c) => c.charCodeAt(0));
const CODES = codesOf(ALPHABET);
const URL_CODES = codesOf(`${ALPHABET.slice(0, 62)}-_`);

// Letters that become a string in one call; a picture has hundreds of thousands.
const RUN = 2_048;

/** Base64 with padding (RFC 4648 section 4), or without it in the URL alphabet (section 5). */
export function base64(bytes: Uint8Array, form: "standard" | "url" = "standard"): string {
  const letters = form === "url" ? URL_CODES : CODES;
  const codes: number[] = [];
  let out = "";
  let n = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) codes[n++] = letters[(word >> shift) & 63] ?? 0;
    if (n < RUN) continue;
    out += String.fromCharCode(...codes);
    n = 0;
  }
  out += String.fromCharCode(...codes.slice(0, n));
  const spare = (3 - (bytes.length % 3)) % 3;
  return out.slice(0, out.length - spare) + (form === "url" ? "" : "=".repeat(spare));
}

/** Bytes of standard base64 text, strictly: padding needed, no white space, unused bits zero. */
export function unbase64(text: string): Uint8Array | Fault {
  const bad = fault("input", "This is not base64 text.");
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return bad;
  const padAt = text.indexOf("=");
  const pad = padAt < 0 ? 0 : text.length - padAt;
  const out = new Uint8Array((text.length / 4) * 3 - pad);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k += 1) word = (word << 6) | Math.max(0, ALPHABET.indexOf(text.charAt(i + k)));
    for (let shift = 16; shift >= 0; shift -= 8) {
      const byte = (word >> shift) & 255;
      if (at < out.length) out[at++] = byte;
      else if (byte !== 0) return bad;
    }
  }
  return out;
}
