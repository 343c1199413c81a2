// UTF-8 both ways, as the Encoding Standard defines it (https://encoding.spec.whatwg.org/#utf-8).
// A host may lend faster functions; the ones here are the reference they are compared with.

import { concat, NO_BYTES } from "./bytes.ts";
import { type Fault, fault } from "./fault.ts";

type Encode = (text: string) => Uint8Array;
type Decode = (bytes: Uint8Array) => string;

let hostEncode: Encode | null = null;
let hostDecode: Decode | null = null;

/** Below this many units a call to the host costs more than it saves. */
const WORTH_A_CALL = 64;
/** Code units collected before they become a string; bounds the arguments of one call. */
const RUN = 2048;

/** Lends the host's functions, for speed only. The bridge calls it once. */
export function useHostUtf8(encode: Encode, decode: Decode): void {
  hostEncode = encode;
  hostDecode = decode;
}

/** UTF-8 of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  if (hostEncode !== null && text.length >= WORTH_A_CALL) return hostEncode(text);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return encodeFrom(text, i, out);
    out[i] = unit;
  }
  return out;
}

// `head` holds the first `from` units, which are ASCII. A unit needs three bytes at most.
function encodeFrom(text: string, from: number, head: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + 3 * (text.length - from));
  out.set(head.subarray(0, from));
  let at = from;
  for (let i = from; i < text.length; i += 1) {
    const point = text.codePointAt(i) ?? 0;
    if (point < 0x80) {
      out[at++] = point;
    } else if (point < 0x800) {
      out[at++] = 0xc0 | (point >> 6);
      out[at++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      const safe = point >= 0xd800 && point < 0xe000 ? 0xfffd : point;
      out[at++] = 0xe0 | (safe >> 12);
      out[at++] = 0x80 | ((safe >> 6) & 0x3f);
      out[at++] = 0x80 | (safe & 0x3f);
    } else {
      out[at++] = 0xf0 | (point >> 18);
      out[at++] = 0x80 | ((point >> 12) & 0x3f);
      out[at++] = 0x80 | ((point >> 6) & 0x3f);
      out[at++] = 0x80 | (point & 0x3f);
      i += 1;
    }
  }
  return out.slice(0, at);
}

const NOT_ASCII = /[^\u0000-\u007f]/;

/** How many bytes {@link encodeUtf8} would make of `text`. */
export function utf8Length(text: string): number {
  // Most texts are ASCII, and an engine's search is far faster than a loop.
  if (!NOT_ASCII.test(text)) return text.length;
  let size = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) size += 1;
    else if ((text.codePointAt(i) ?? 0) < 0x10000) size += 2;
    else {
      size += 2;
      i += 1;
    }
  }
  return size;
}

/** Text of `bytes`; each ill-formed part becomes one U+FFFD. A BOM is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (hostDecode !== null && bytes.length >= WORTH_A_CALL) return hostDecode(bytes);
  return decode(bytes, false) ?? "";
}

/** Text of `bytes`, or an `input` fault when they are not UTF-8. */
export function decodeUtf8Strict(bytes: Uint8Array): string | Fault {
  if (hostDecode !== null && bytes.length >= WORTH_A_CALL) {
    const text = hostDecode(bytes);
    if (!text.includes("\ufffd")) return text;
  }
  return decode(bytes, true) ?? fault("input", "The text is not valid UTF-8.", { code: "bad_utf8" });
}

/** Length of the sequence that `lead` begins; 0 if it begins none. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

// The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF.
function follows(lead: number, index: number, byte: number): boolean {
  if (index > 1) return byte >= 0x80 && byte <= 0xbf;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= least && byte <= most;
}

/** How many bytes from `at` form a sequence or the longest beginning of one. */
function wellFormed(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  let n = 1;
  while (n < length && at + n < bytes.length && follows(lead, n, bytes[at + n] ?? 0)) n += 1;
  return n;
}

function decode(bytes: Uint8Array, strict: boolean): string | null {
  let out = "";
  let run: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    if (run.length >= RUN) {
      out += String.fromCharCode.apply(null, run);
      run = [];
    }
    if (lead < 0x80) {
      run.push(lead);
      at += 1;
      continue;
    }
    const length = lengthOf(lead);
    const n = length === 0 ? 1 : wellFormed(bytes, at, length);
    if (n !== length) {
      if (strict) return null;
      run.push(0xfffd);
    } else {
      pushPoint(run, bytes, at, length);
    }
    at += n;
  }
  return out + String.fromCharCode.apply(null, run);
}

function pushPoint(run: number[], bytes: Uint8Array, at: number, length: number): void {
  let point = (bytes[at] ?? 0) & (0xff >> (length + 1));
  for (let i = 1; i < length; i += 1) point = (point << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  if (point < 0x10000) run.push(point);
  else run.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
}

/** How many bytes at the end begin a sequence that is not over. */
function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const at = bytes.length - back;
    const lead = bytes[at] ?? 0;
    if (lead >= 0x80 && lead < 0xc0) continue;
    const length = lengthOf(lead);
    return length > back && wellFormed(bytes, at, length) === back ? back : 0;
  }
  return 0;
}

/** Decodes pieces that may end inside a character; together they read as one text. */
export function makeUtf8Decoder(): { push(bytes: Uint8Array): string; end(): string } {
  let held: Uint8Array = NO_BYTES;
  return {
    push(bytes) {
      const all = held.length === 0 ? bytes : concat([held, bytes]);
      const open = openTail(all);
      held = open === 0 ? NO_BYTES : all.slice(all.length - open);
      return decodeUtf8(open === 0 ? all : all.subarray(0, all.length - open));
    },
    end() {
      const rest = decodeUtf8(held);
      held = NO_BYTES;
      return rest;
    },
  };
}
