// Where a second answer goes on after a first one broke off while the person was reading it:
// what they have seen is not shown again, whether the model goes on from there, repeats the
// last words, or begins anew.

import { SEAM_ALIKE_UNITS_MIN, SEAM_UNITS } from "../base/limits-models.ts";

/** From where on `text` is new, and what to put before it. */
export interface Cut {
  readonly at: number;
  readonly glue: string;
}

/** Null while more of `text` is needed to know. */
export function cutAfter(shown: string, text: string, isWhole: boolean): Cut | null {
  const same = sameStart(shown, text);
  if (same === shown.length) return { at: same, glue: "" };
  // It still repeats what was shown, from its beginning.
  if (same === text.length) return isWhole ? { at: same, glue: "" } : null;
  // It begins anew, in other words from here on.
  if (same >= SEAM_ALIKE_UNITS_MIN) return { at: wordStart(text, same), glue: " … " };
  if (!isWhole && text.length < Math.min(SEAM_UNITS, shown.length)) return null;
  return { at: overlap(shown, text), glue: "" };
}

function sameStart(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
}

function wordStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && !/\s/.test(text[start - 1] ?? "")) start -= 1;
  return start;
}

/** How much of the beginning of `text` are the last words shown. */
function overlap(shown: string, text: string): number {
  for (let n = Math.min(shown.length, text.length, SEAM_UNITS); n >= SEAM_ALIKE_UNITS_MIN; n -= 1) {
    if (shown.endsWith(text.slice(0, n))) return n;
  }
  return 0;
}

export interface Seam {
  /** The next piece of the second answer; what of it is new. */
  push(piece: string): string;
  /** The whole text of both answers. `text` is the second one's. */
  join(text: string): string;
}

/** The seam after `shown`. */
export function makeSeam(shown: string): Seam {
  let held = "";
  let cut: Cut | null = shown === "" ? { at: 0, glue: "" } : null;
  let isOpen = shown === "";
  return {
    push(piece) {
      if (isOpen) return piece;
      held += piece;
      cut = cutAfter(shown, held, false);
      if (cut === null) return "";
      isOpen = true;
      return cut.glue + held.slice(cut.at);
    },
    join(text) {
      const { at, glue } = cut ?? cutAfter(shown, text, true) ?? { at: 0, glue: "" };
      return text.length <= at ? shown : shown + glue + text.slice(at);
    },
  };
}
