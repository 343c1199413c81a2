// The synchronous operations of a simulated machine.

import { assert, Bug } from "../../base/bug.ts";
import { concat } from "../../base/bytes.ts";
import { HOST_RANDOM_BYTES_MAX } from "../../base/limits.ts";
import { encodeUtf8, makeUtf8Decoder } from "../../base/utf8.ts";
import { type AbiValue, SYNC } from "../../port/abi.ts";

/** What they ask of the machine. */
export interface SyncGround {
  monoMs(): number;
  wallMs(): number;
  random(count: number): Uint8Array;
  args(): readonly string[];
  env(name: string): string | undefined;
  resource(name: string): Uint8Array | undefined;
  log(level: string, line: string): void;
  print(text: string, where: string): void;
  exit(code: number): void;
  info(): object;
}

// base/utf8.ts hands longer texts to the host, which is this one: in pieces of this size its
// own code, the reference, does the work.
const PIECE = 48;

function encode(text: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + PIECE);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end += 1;
    pieces.push(encodeUtf8(text.slice(at, end)));
    at = end;
  }
  return concat(pieces);
}

function decode(bytes: Uint8Array): string {
  const decoder = makeUtf8Decoder();
  let out = "";
  for (let at = 0; at < bytes.length; at += PIECE) out += decoder.push(bytes.subarray(at, at + PIECE));
  return out + decoder.end();
}

/** One synchronous operation. */
export function answerSync(ground: SyncGround, op: number, a: AbiValue, b: AbiValue): AbiValue {
  switch (op) {
    case SYNC.MONO_MS:
      return ground.monoMs();
    case SYNC.WALL_MS:
      return ground.wallMs();
    case SYNC.RANDOM:
      assert(typeof a === "number" && a >= 0 && a <= HOST_RANDOM_BYTES_MAX, "RANDOM gives 0 to 65,536 bytes");
      return ground.random(a);
    case SYNC.LOG:
      return void ground.log(String(a), String(b));
    case SYNC.ARGS:
      return JSON.stringify(ground.args());
    case SYNC.ENV:
      return ground.env(String(a));
    case SYNC.EXIT:
      return void ground.exit(Number(a));
    case SYNC.PRINT:
      return void ground.print(String(a), String(b ?? "out"));
    case SYNC.INFO:
      return JSON.stringify(ground.info());
    case SYNC.RESOURCE:
      return ground.resource(String(a));
    case SYNC.UTF8_ENCODE:
      return encode(String(a));
    case SYNC.UTF8_DECODE:
      return a instanceof Uint8Array ? decode(a) : "";
    case SYNC.WRITE_NOW:
      return 0;
    default:
      throw new Bug(`there is no sync operation ${op}`);
  }
}
