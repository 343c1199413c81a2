// QR codes for texts of some hundred bytes: byte mode, error correction level L, versions 1
// to 15. Facts: ISO/IEC 18004 (codewords and blocks: table 9; places of patterns: 6.3; masks:
// 7.8; format and version information: 7.9, 7.10).

import { type Fault, fault } from "./fault.ts";
import { encodeUtf8 } from "./utf8.ts";

// Of level L, by version: codewords for correction in a block, and blocks.
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6];

// Always (x + y) % 3: trying all eight takes a router seconds, and keys look like noise with any.
const MASK = 3;

/** Rows of modules; true is dark. */
type Modules = boolean[][];

const sizeOf = (version: number): number => 17 + 4 * version;

/** Reed-Solomon codewords of blocks, in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1. */
function corrections(blocks: ReadonlyArray<readonly number[]>, count: number): number[][] {
  const power: number[] = [];
  const log: number[] = [];
  for (let i = 0, x = 1; i < 255; i += 1, x = (x << 1) ^ ((x >> 7) * 0x11d)) {
    power.push(x);
    log[x] = i;
  }
  const times = (a: number, logB: number): number => (a === 0 ? 0 : (power[((log[a] ?? 0) + logB) % 255] ?? 0));
  let generator = [1];
  for (let root = 0; root < count; root += 1) {
    const shifted = [0, ...generator];
    generator = [...generator, 0].map((g, at) => g ^ times(shifted[at] ?? 0, root));
  }
  const logs = generator.slice(1).map((g) => log[g] ?? 0);
  return blocks.map((block) => {
    let rest = new Array<number>(count).fill(0);
    for (const byte of block) {
      const lead = byte ^ (rest[0] ?? 0);
      const from = rest;
      rest = logs.map((g, at) => (from[at + 1] ?? 0) ^ times(lead, g));
    }
    return rest;
  });
}

/** Where alignment patterns have their middle, on both axes. */
function alignments(version: number): readonly number[] {
  if (version === 1) return [];
  const many = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = 2 * Math.ceil((last - 6) / (2 * (many - 1)));
  return [6, ...Array.from({ length: many - 1 }, (_, i) => last - step * (many - 2 - i))];
}

/** All codewords that fit: every module that is no pattern, in bytes. */
function capacity(version: number): number {
  const many = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const aligned = many === 0 ? 0 : (many * many - 3) * 25 - 2 * (many - 2) * 5;
  const size = sizeOf(version);
  // Finders with their separators, timing, format and the dark module, version twice.
  const patterns = 3 * 64 + 2 * (size - 16) + 31 + aligned + (version >= 7 ? 36 : 0);
  return Math.floor((size * size - patterns) / 8);
}

const room = (version: number): number =>
  capacity(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);

/** Mode, length, bytes and padding. */
function dataOf(bytes: Uint8Array, version: number): number[] {
  const long = version >= 10 ? [bytes.length >> 8] : [];
  const plain = [...long, bytes.length & 255, ...bytes];
  const out = [0x40]; // The mode takes half a byte, so everything stands half a byte later.
  for (const byte of plain) {
    out[out.length - 1] = (out.at(-1) ?? 0) | (byte >> 4);
    out.push((byte << 4) & 255);
  }
  for (let pad = 0xec; out.length < room(version); pad ^= 0xec ^ 0x11) out.push(pad);
  return out;
}

/** Data and corrections of all blocks, in the order in which they are drawn. */
function interleaved(data: readonly number[], version: number): number[] {
  const many = BLOCKS[version - 1] ?? 1;
  const extra = CORRECTION[version - 1] ?? 0;
  const short = Math.floor(data.length / many);
  const longer = data.length % many;
  const from = (i: number): number => i * short + Math.max(0, i - many + longer);
  const blocks = Array.from({ length: many }, (_, i) => data.slice(from(i), from(i + 1)));
  const added = corrections(blocks, extra);
  const across = (rows: readonly number[][], length: number): number[] =>
    Array.from({ length }, (_, i) => rows.flatMap((row) => row[i] ?? [])).flat();
  return [...across(blocks, short + 1), ...across(added, extra)];
}

/** A remainder as BCH codes want it, behind its value. */
function withRest(value: number, polynomial: number, bits: number): number {
  let rest = value << bits;
  for (let bit = 31 - Math.clz32(rest); bit >= bits; bit -= 1)
    if ((rest >> bit) & 1) rest ^= polynomial << (bit - bits);
  return (value << bits) | rest;
}

type Draw = (x: number, y: number, dark: boolean) => void;

const drawOn =
  (on: Modules): Draw =>
  (x, y, dark) => {
    const row = on[y];
    if (row !== undefined) row[x] = dark;
  };

function drawSquare(draw: Draw, size: number, x: number, y: number, radius: number): void {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) {
      const ring = Math.max(Math.abs(dx), Math.abs(dy));
      const [px, py] = [x + dx, y + dy];
      const isIn = px >= 0 && py >= 0 && px < size && py < size;
      if (isIn) draw(px, py, radius === 4 ? ring !== 2 && ring !== 4 : ring !== 1);
    }
  }
}

function drawFormat(draw: Draw, size: number): void {
  const bits = withRest(0b01000 | MASK, 0x537, 10) ^ 0x5412;
  for (let i = 0; i < 15; i += 1) {
    const dark = ((bits >> i) & 1) === 1;
    draw(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, dark);
    draw(i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i, 8, dark);
  }
  draw(8, size - 8, true);
}

function drawPatterns(draw: Draw, version: number): void {
  const size = sizeOf(version);
  for (let i = 8; i < size - 8; i += 1) {
    draw(i, 6, i % 2 === 0);
    draw(6, i, i % 2 === 0);
  }
  drawSquare(draw, size, 3, 3, 4);
  drawSquare(draw, size, size - 4, 3, 4);
  drawSquare(draw, size, 3, size - 4, 4);
  const places = alignments(version);
  for (const x of places) {
    for (const y of places) {
      const isCorner = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6);
      if (!isCorner) drawSquare(draw, size, x, y, 2);
    }
  }
  drawFormat(draw, size);
  if (version < 7) return;
  const bits = withRest(version, 0x1f25, 12);
  for (let i = 0; i < 18; i += 1) {
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    draw(a, b, ((bits >> i) & 1) === 1);
    draw(b, a, ((bits >> i) & 1) === 1);
  }
}

/** The places of data, in the order in which they are filled. */
function places(isTaken: Modules): Array<readonly [x: number, y: number]> {
  const size = isTaken.length;
  const out: Array<readonly [number, number]> = [];
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i += 1) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) if (isTaken[y]?.[x] !== true) out.push([x, y]);
    }
  }
  return out;
}

/** The QR code of a text; a `limit` fault when it is too long. */
export function qrCode(text: string): Modules | Fault {
  const bytes = encodeUtf8(text);
  const fits = (v: number): boolean => bytes.length + (v >= 10 ? 3 : 2) <= room(v);
  const version = CORRECTION.findIndex((_, i) => fits(i + 1)) + 1;
  if (version === 0) return fault("limit", "This is too long for a QR code.");
  const size = sizeOf(version);
  const blank = (): Modules => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const [modules, isTaken] = [blank(), blank()];
  const draw = drawOn(modules);
  drawPatterns((x, y, dark) => {
    draw(x, y, dark);
    drawOn(isTaken)(x, y, true);
  }, version);
  const codewords = interleaved(dataOf(bytes, version), version);
  places(isTaken).forEach(([x, y], i) => {
    const bit = (((codewords[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1;
    draw(x, y, bit !== ((x + y) % 3 === 0));
  });
  return modules;
}

/** A code as text of half blocks with its quiet zone; `isInverted`: the letters are the light ones. */
export function qrText(modules: Modules, isInverted: boolean): string {
  const quiet = 2;
  const inked = (x: number, y: number): boolean => (modules[y]?.[x] ?? false) !== isInverted;
  const lines: string[] = [];
  for (let y = -quiet; y < modules.length + quiet; y += 2) {
    let line = "";
    for (let x = -quiet; x < modules.length + quiet; x += 1) {
      line += " ▀▄█".charAt((inked(x, y) ? 1 : 0) + (inked(x, y + 1) ? 2 : 0));
    }
    lines.push(line);
  }
  return lines.join("\n");
}
