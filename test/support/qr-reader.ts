// Reads QR codes of byte mode and level L back, from the standard and apart from the code
// that draws them: format, mask, zigzag, blocks, syndromes, then the bytes.

import assert from "node:assert/strict";

/** ISO/IEC 18004, table 9, level L: total codewords, corrections in a block, blocks. */
const TABLE: ReadonlyArray<readonly [total: number, ec: number, blocks: number]> = [
  [26, 7, 1],
  [44, 10, 1],
  [70, 15, 1],
  [100, 20, 1],
  [134, 26, 1],
  [172, 18, 2],
  [196, 20, 2],
  [242, 24, 2],
  [292, 30, 2],
  [346, 18, 4],
  [404, 20, 4],
  [466, 24, 4],
  [532, 26, 4],
  [581, 30, 4],
  [655, 22, 6],
];
/** Annex E: centres of alignment patterns. */
const ALIGN: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
];

const LOG: number[] = [];
const EXP: number[] = [];
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = x;
  LOG[x] = i;
  x = x < 128 ? x * 2 : (x * 2) ^ 0x11d;
}
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (EXP[((LOG[a] ?? 0) + (LOG[b] ?? 0)) % 255] ?? 0);

function isPattern(version: number, size: number, x: number, y: number): boolean {
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9)) return true;
  if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return true;
  const at = ALIGN[version - 1] ?? [];
  return at.some((cx) =>
    at.some((cy) => {
      const corner = (cx === 6 && (cy === 6 || cy === at.at(-1))) || (cy === 6 && cx === at.at(-1));
      return !corner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    }),
  );
}

const MASK: ReadonlyArray<(i: number, j: number) => boolean> = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_i, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

function codewordsOf(modules: readonly (readonly boolean[])[], version: number, mask: number): number[] {
  const size = modules.length;
  const rights = [...Array(size).keys()].reverse().filter((c) => (c > 6 ? c % 2 === 0 : c % 2 === 1));
  const places = rights.flatMap((right, column) =>
    [...Array(size).keys()].flatMap((i) => {
      const y = column % 2 === 0 ? size - 1 - i : i;
      return [right, right - 1].map((x) => [x, y] as const);
    }),
  );
  const bits = places
    .filter(([x, y]) => !isPattern(version, size, x, y))
    .map(([x, y]) => ((modules[y]?.[x] === true) !== MASK[mask]?.(y, x) ? 1 : 0));
  const total = TABLE[version - 1]?.[0] ?? 0;
  return Array.from({ length: total }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce<number>((n, b) => n * 2 + b, 0));
}

/** Blocks of data, checked by their corrections. */
function dataOf(words: readonly number[], version: number): number[] {
  const [total = 0, ec = 0, many = 0] = TABLE[version - 1] ?? [];
  const short = Math.floor(total / many) - ec;
  const firstLong = many - (total % many);
  const lengthOf = (b: number): number => short + (b >= firstLong ? 1 : 0);
  const turns = [...Array(short + 1).keys()].flatMap((i) => [...Array(many).keys()].filter((b) => i < lengthOf(b)));
  const data: number[][] = Array.from({ length: many }, () => []);
  for (const [at, b] of turns.entries()) data[b]?.push(words[at] ?? 0);
  for (const [b, block] of data.entries()) {
    const rest = Array.from({ length: ec }, (_, i) => words[turns.length + i * many + b] ?? 0);
    for (let root = 0; root < ec; root += 1) {
      const sum = [...block, ...rest].reduce((s, word) => times(s, EXP[root] ?? 0) ^ word, 0);
      assert.equal(sum, 0, "syndrome");
    }
  }
  return data.flat();
}

/** The text of a code; fails where the code breaks the standard. */
export function readQr(modules: readonly (readonly boolean[])[]): string {
  const size = modules.length;
  const version = (size - 17) / 4;
  assert.ok(TABLE[version - 1] !== undefined, `version ${version}`);
  const dark = (x: number, y: number): number => (modules[y]?.[x] === true ? 1 : 0);
  const format = [0, 1, 2, 3, 4, 5, 7, 8].map((x) => dark(x, 8)).concat([7, 5, 4, 3, 2, 1, 0].map((y) => dark(8, y)));
  const again = [1, 2, 3, 4, 5, 6, 7]
    .map((n) => dark(8, size - n))
    .concat([8, 7, 6, 5, 4, 3, 2, 1].map((n) => dark(size - n, 8)));
  assert.deepEqual(format, again, "both formats");
  const value = format.reduce((n, b) => n * 2 + b, 0) ^ 0b101010000010010;
  assert.equal(value >> 13, 0b01, "level L");
  const data = dataOf(codewordsOf(modules, version, (value >> 10) & 7), version);
  const bits = data.map((b) => b.toString(2).padStart(8, "0")).join("");
  assert.equal(bits.slice(0, 4), "0100", "byte mode");
  const wide = version >= 10 ? 16 : 8;
  const length = Number.parseInt(bits.slice(4, 4 + wide), 2);
  const bytes = Array.from({ length }, (_, i) => Number.parseInt(bits.slice(4 + wide + i * 8, 12 + wide + i * 8), 2));
  return Buffer.from(bytes).toString("utf8");
}
