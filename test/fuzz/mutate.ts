// A small mutation fuzzer: takes messages of a corpus, changes bytes, lengths and order, and
// crosses two of them. Same seed, same inputs.

/** Numbers from 0 up to `n`, from a seed (xorshift32). */
export function dice(seed: number): (n: number) => number {
  let x = seed | 0 || 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

const SPICE = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "0",
  "-1",
  "+",
  "ffffffff",
  "99999999999999999999",
  "chunked",
  "Content-Length: 1\r\n",
  "Transfer-Encoding: chunked\r\n",
  "%",
  "%00",
  "..",
  "//",
  "[",
  "{",
  '"',
  "\\",
  "__proto__",
  "\ufeff",
  "\xff",
  "@",
  "é",
];

/** One input made of the corpus. */
export function mutate(corpus: readonly string[], roll: (n: number) => number): string {
  const pick = (): string => corpus[roll(corpus.length)] ?? "";
  let text = pick();
  for (let times = 1 + roll(4); times > 0; times -= 1) {
    const at = roll(text.length + 1);
    const to = Math.min(text.length, at + roll(8));
    const spice = SPICE[roll(SPICE.length)] ?? "";
    const way = roll(6);
    if (way === 0) text = text.slice(0, at) + spice + text.slice(at);
    else if (way === 1) text = text.slice(0, at) + text.slice(to);
    else if (way === 2) text = text.slice(0, at) + spice + text.slice(to);
    else if (way === 3) text = text.slice(0, at) + text.slice(at, to).repeat(1 + roll(3)) + text.slice(to);
    else if (way === 4) text = text.slice(0, at) + String.fromCharCode(roll(256)) + text.slice(at + 1);
    else text = text.slice(0, at) + pick().slice(at);
  }
  return text;
}
