// Seeded chance for the simulator. Integers only, so that every engine draws the same
// numbers. Not for secrets. Algorithms: sfc32 of PractRand by Chris Doty-Humphrey; the
// seed is spread with the finalizer of MurmurHash3 by Austin Appleby.

export interface Prng {
  /** 0 … 2^32-1 */
  u32(): number;
  /** 0 … n-1 */
  below(n: number): number;
  /** lo … hi, both included */
  between(lo: number, hi: number): number;
  /** True in that many of a hundred draws. */
  chance(percent: number): boolean;
  bytes(n: number): Uint8Array;
  /** One of them; the list is not empty. */
  pick<T>(from: readonly [T, ...T[]] | readonly T[]): T;
  /** Its own sequence, the same for the same name whatever was drawn before. */
  fork(name: string): Prng;
}

function spread(h: number): number {
  let x = h >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32-bit FNV-1a over UTF-16 code units. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A sequence that depends on the seed and the name alone. */
export function makePrng(seed: number, name = ""): Prng {
  let a = spread(seed);
  let b = spread(Math.floor(seed / 0x100000000) ^ 0x9e3779b9);
  let c = spread(hash32(name));
  let count = 1;
  const u32 = (): number => {
    const t = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i += 1) u32();
  const below = (n: number): number => (n <= 1 ? 0 : u32() % n);
  return {
    u32,
    below,
    between: (lo, hi) => lo + below(hi - lo + 1),
    chance: (percent) => below(100) < percent,
    bytes(n) {
      const out = new Uint8Array(n);
      for (let i = 0; i < n; i += 1) out[i] = u32() >>> 24;
      return out;
    },
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    fork: (child) => makePrng(seed, `${name}/${child}`),
  };
}
