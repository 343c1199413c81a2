// What the host suite takes from Node beside node:assert: Buffer and the text coders, over
// the project's own functions. Their module is an instance of its own here (see bundle.ts), which
// no host lends anything to.

import { concat } from "../../src/base/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/base/utf8.ts";

class Bytes extends Uint8Array {
  override toString(): string {
    return decodeUtf8(this);
  }
  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((x, i) => x === other[i]);
  }
}

const plain = (from: string | ArrayLike<number>): Uint8Array =>
  typeof from === "string" ? encodeUtf8(from) : Uint8Array.from(from);

export const Buffer = {
  from: (from: string | ArrayLike<number>): Bytes => new Bytes(plain(from)),
  concat: (parts: readonly Uint8Array[]): Bytes => new Bytes(concat(parts)),
};

export function TextEncoder(): { encode(text: string): Uint8Array } {
  return { encode: (text) => plain(text) };
}

export function TextDecoder(): { decode(bytes: Uint8Array): string } {
  return { decode: (bytes) => decodeUtf8(bytes) };
}

export const process = { env: {} as Record<string, string | undefined> };

// fast-check keeps these for asynchronous properties, which the suite does not have.
const none = (): never => {
  throw new Error("a bare engine has no timers of its own");
};

export { none as clearTimeout, none as setTimeout };
