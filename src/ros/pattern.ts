// The console's `~`: POSIX extended regular expressions (a subset without back
// references) run on a state machine in time linear in the text. Patterns come from
// outside, so JavaScript's RegExp, whose time may explode, is never used on them.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { PATTERN_DEPTH_MAX, PATTERN_STATES_MAX } from "../base/limits.ts";
import { type Accept, runStates, type State } from "./pattern-run.ts";

export interface Pattern {
  readonly source: string;
  /** True if some part of the text matches. */
  test(text: string): boolean;
}

/** A piece of pattern: adds its states in front of `next` and gives its entry. */
type Piece = (m: Machine, next: number) => number;

interface Machine {
  states: State[];
  full: boolean;
}

function add(m: Machine, s: State): number {
  if (m.states.length >= PATTERN_STATES_MAX) {
    m.full = true;
    return 0;
  }
  return m.states.push(s) - 1;
}

const bad = (what: string): Fault => fault("input", `This pattern is not understood: ${what}.`, { code: "pattern" });

const CLASSES: Readonly<Record<string, Accept>> = {
  alpha: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  digit: (c) => c >= 48 && c <= 57,
  alnum: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57),
  upper: (c) => c >= 65 && c <= 90,
  lower: (c) => c >= 97 && c <= 122,
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  blank: (c) => c === 32 || c === 9,
  punct: (c) => (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126),
  xdigit: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  print: (c) => c >= 32 && c !== 127,
  graph: (c) => c > 32 && c !== 127,
  cntrl: (c) => c < 32 || c === 127,
};

interface Source {
  readonly text: string;
  at: number;
  depth: number;
}

/** `[:digit:]` in a set. */
function readClass(s: Source): Outcome<Accept> {
  const close = s.text.indexOf(":]", s.at);
  const known = close < 0 ? undefined : CLASSES[s.text.slice(s.at + 2, close)];
  if (known === undefined) return bad("an unknown class in [: :]");
  s.at = close + 2;
  return known;
}

/** One character of a set, or a range. */
function readRange(s: Source): Outcome<Accept> {
  const low = s.text.charCodeAt(s.at);
  s.at += 1;
  const next = s.text.charAt(s.at + 1);
  if (s.text.charAt(s.at) !== "-" || next === "]" || next === "") return (c) => c === low;
  const high = next.charCodeAt(0);
  if (high < low) return bad("a range runs backwards");
  s.at += 2;
  return (c) => c >= low && c <= high;
}

/** `[…]` behind its opening bracket. POSIX: `]` first is itself, no backslash escapes. */
function readSet(s: Source): Outcome<Accept> {
  const negate = s.text.charAt(s.at) === "^";
  if (negate) s.at += 1;
  const accepts: Accept[] = [];
  for (let first = true; first || s.text.charAt(s.at) !== "]"; first = false) {
    if (s.at >= s.text.length) return bad("[ has no ]");
    const accept = s.text.startsWith("[:", s.at) ? readClass(s) : readRange(s);
    if (isFault(accept)) return accept;
    accepts.push(accept);
  }
  s.at += 1;
  return (c) => accepts.some((a) => a(c)) !== negate;
}

function oneChar(accept: Accept): Piece {
  return (m, to) => add(m, { kind: "char", accept, to });
}

/** `(…)` behind its opening bracket. */
function readGroup(s: Source): Outcome<Piece> {
  s.depth += 1;
  if (s.depth > PATTERN_DEPTH_MAX) return bad("its brackets are too deep");
  const inner = readChoice(s);
  if (isFault(inner)) return inner;
  if (s.text.charAt(s.at) !== ")") return bad("( has no )");
  s.at += 1;
  s.depth -= 1;
  return inner;
}

/** The character behind a backslash. */
function readEscaped(s: Source): Outcome<Piece> {
  const escaped = s.text.charCodeAt(s.at);
  if (Number.isNaN(escaped)) return bad("it ends with a backslash");
  if (CLASSES["alnum"]?.(escaped)) return bad("a backslash before a letter or digit");
  s.at += 1;
  return oneChar((c) => c === escaped);
}

function readAtom(s: Source): Outcome<Piece> {
  const ch = s.text.charAt(s.at);
  s.at += 1;
  switch (ch) {
    case "(":
      return readGroup(s);
    case "[": {
      const set = readSet(s);
      return isFault(set) ? set : oneChar(set);
    }
    case ".":
      return oneChar(() => true);
    case "^":
      return (m, to) => add(m, { kind: "start", to });
    case "$":
      return (m, to) => add(m, { kind: "end", to });
    case "\\":
      return readEscaped(s);
    default:
      return "*+?{".includes(ch) ? bad(`${ch} has nothing to repeat`) : oneChar((c) => c === ch.charCodeAt(0));
  }
}

/** `min` times, then up to `max` (-1: any number of) times more. */
function repeat(of: Piece, min: number, max: number): Piece {
  return (m, next) => {
    let entry = next;
    if (max < 0) {
      const fork: State = { kind: "fork", to: [next] };
      const loop = add(m, fork);
      fork.to.push(of(m, loop));
      entry = loop;
    }
    // A full machine stops here, or nested counts would go on building for ever.
    for (let i = min; i < max && !m.full; i += 1) entry = add(m, { kind: "fork", to: [of(m, entry), next] });
    for (let i = 0; i < min && !m.full; i += 1) entry = of(m, entry);
    return entry;
  };
}

/** `{2}`, `{2,}`, `{2,5}` behind its opening brace. */
function readBounds(s: Source): Outcome<readonly [number, number]> {
  const close = s.text.indexOf("}", s.at);
  const found = close < 0 ? null : /^(\d{1,3})(,(\d{0,3}))?$/.exec(s.text.slice(s.at, close));
  if (found === null) return bad("{ } wants numbers under 1000");
  s.at = close + 1;
  const min = Number(found[1]);
  if (found[2] === undefined) return [min, min];
  const max = found[3] === "" ? -1 : Number(found[3]);
  return max >= 0 && max < min ? bad("{ } runs backwards") : [min, max];
}

const SIGNS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  "*": [0, -1],
  "+": [1, -1],
  "?": [0, 1],
};

/** How often the atom before is repeated; null: no sign of repeating here. */
function readTimes(s: Source): Outcome<readonly [min: number, max: number]> | null {
  const ch = s.text.charAt(s.at);
  const sign = SIGNS[ch];
  if (sign === undefined && ch !== "{") return null;
  s.at += 1;
  return sign ?? readBounds(s);
}

function readRepeated(s: Source): Outcome<Piece> {
  let piece = readAtom(s);
  for (;;) {
    if (isFault(piece)) return piece;
    const times = readTimes(s);
    if (times === null) return piece;
    if (isFault(times)) return times;
    piece = repeat(piece, times[0], times[1]);
  }
}

function readRun(s: Source): Outcome<Piece> {
  const pieces: Piece[] = [];
  while (s.at < s.text.length && !"|)".includes(s.text.charAt(s.at))) {
    const piece = readRepeated(s);
    if (isFault(piece)) return piece;
    pieces.push(piece);
  }
  return (m, next) => pieces.reduceRight((to, piece) => piece(m, to), next);
}

function readChoice(s: Source): Outcome<Piece> {
  const runs: Piece[] = [];
  for (;;) {
    const run = readRun(s);
    if (isFault(run)) return run;
    runs.push(run);
    if (s.text.charAt(s.at) !== "|") break;
    s.at += 1;
  }
  const only = runs[0];
  if (runs.length === 1 && only !== undefined) return only;
  return (m, next) => add(m, { kind: "fork", to: runs.map((run) => run(m, next)) });
}

/** Compiles a pattern; `input` fault for what is not understood or too big. */
export function compilePattern(source: string): Outcome<Pattern> {
  const s: Source = { text: source, at: 0, depth: 0 };
  const piece = readChoice(s);
  if (isFault(piece)) return piece;
  if (s.at < source.length) return bad(") has no (");
  const m: Machine = { states: [], full: false };
  const done = add(m, { kind: "done" });
  const entry = piece(m, done);
  if (m.full) return bad("it is too big");
  return { source, test: (text) => runStates(m.states, entry, text) };
}
