// How many tokens a text is for a model, roughly: vendors cut texts differently and tell only
// afterwards. Words, numbers, marks and scripts have their measured weight (against o200k_base,
// see test/unit/core/tokens.test.ts); long texts are looked at in samples.

import { TOKEN_SAMPLE_UNITS, TOKEN_SAMPLES } from "../base/limits-context.ts";

// What one of these costs, in tokens.
const WORD = 0.93;
/** Each letter of a word beyond those of a usual one. */
const LETTER = 0.22;
const LETTERS_USUAL = 5;
/** A letter with a mark on it (ä, é, ž) breaks its word. */
const MARKED = 0.5;
const DIGITS_PER_TOKEN = 3;
const PUNCTUATION = 0.75;
const PUNCTUATION_MORE = 0.3;
/** A letter of another alphabet: Cyrillic, Greek, Arabic, … */
const OTHER = 0.3;
/** A Chinese, Japanese or Korean character. */
const WIDE = 0.75;
/** Half of a character beyond 16 bits, such as an emoji. */
const HALF = 1.2;

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 0xc0 && c < 0x250);

function lengthOf(text: string, from: number, is: (c: number) => boolean): number {
  let at = from + 1;
  while (at < text.length && is(text.charCodeAt(at))) at += 1;
  return at - from;
}

const isMark = (c: number): boolean => c > 32 && c < 0xc0 && !isDigit(c) && !isLetter(c);
const isSpace = (c: number): boolean => c <= 32;

function wordCost(text: string, from: number, length: number): number {
  let cost = WORD + Math.max(0, length - LETTERS_USUAL) * LETTER;
  for (let at = from; at < from + length; at += 1) if (text.charCodeAt(at) > 127) cost += MARKED;
  return cost;
}

function otherCost(c: number): number {
  if (c >= 0xd800 && c < 0xe000) return HALF;
  return (c >= 0x2e80 && c < 0xd800) || c >= 0xf900 ? WIDE : OTHER;
}

function scan(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; ) {
    const c = text.charCodeAt(at);
    let length = 1;
    if (isLetter(c)) {
      length = lengthOf(text, at, isLetter);
      sum += wordCost(text, at, length);
    } else if (isDigit(c)) {
      length = lengthOf(text, at, isDigit);
      sum += Math.ceil(length / DIGITS_PER_TOKEN);
    } else if (isSpace(c)) {
      length = lengthOf(text, at, isSpace);
      // One space belongs to the word behind it, but not to a number.
      if (length > 1 || c === 10 || isDigit(text.charCodeAt(at + 1))) sum += 1;
    } else if (isMark(c)) {
      length = lengthOf(text, at, isMark);
      sum += PUNCTUATION + (length - 1) * PUNCTUATION_MORE;
    } else sum += otherCost(c);
    at += length;
  }
  return sum;
}

/** An estimate, rather too high than too low. */
export function tokensIn(text: string): number {
  const whole = TOKEN_SAMPLES * TOKEN_SAMPLE_UNITS;
  if (text.length <= whole) return Math.ceil(scan(text));
  const step = (text.length - TOKEN_SAMPLE_UNITS) / (TOKEN_SAMPLES - 1);
  let sum = 0;
  for (let i = 0; i < TOKEN_SAMPLES; i += 1) {
    const from = Math.round(i * step);
    sum += scan(text.slice(from, from + TOKEN_SAMPLE_UNITS));
  }
  return Math.ceil((sum * text.length) / whole);
}
