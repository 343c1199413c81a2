// Runs a compiled pattern: all states at once, each at most once per character, so that
// the time is linear in the text whatever the pattern.

/** Which characters (UTF-16 units) a state takes. */
export type Accept = (ch: number) => boolean;

/** A state: takes one character, forks, or looks at an end of the text. */
export type State =
  | { kind: "char"; accept: Accept; to: number }
  | { kind: "fork"; to: number[] }
  | { kind: "start" | "end"; to: number }
  | { kind: "done" };

/** A set of states that is walked once per character. */
interface Walk {
  readonly states: readonly State[];
  readonly text: string;
  /** The last character at which a state was entered. */
  readonly seen: Int32Array;
}

/** Follows everything that takes no character; the states that take one, or null when the end is reached. */
function spread(w: Walk, from: readonly number[], at: number): number[] | null {
  const todo = [...from];
  const takers: number[] = [];
  for (let n = todo.pop(); n !== undefined; n = todo.pop()) {
    if (w.seen[n] === at) continue;
    w.seen[n] = at;
    const s = w.states[n];
    if (s?.kind === "done") return null;
    if (s?.kind === "char") takers.push(n);
    else if (s?.kind === "fork") todo.push(...s.to);
    else if (s !== undefined && at === (s.kind === "start" ? 0 : w.text.length)) todo.push(s.to);
  }
  return takers;
}

/** The states after one character. */
function take(w: Walk, takers: readonly number[], at: number): number[] {
  const ch = w.text.charCodeAt(at);
  const next: number[] = [];
  for (const n of takers) {
    const s = w.states[n];
    if (s?.kind === "char" && s.accept(ch)) next.push(s.to);
  }
  return next;
}

/** True if some part of the text leads from `entry` to the end. */
export function runStates(states: readonly State[], entry: number, text: string): boolean {
  const w: Walk = { states, text, seen: new Int32Array(states.length).fill(-1) };
  let now: number[] = [];
  for (let at = 0; ; at += 1) {
    // A match may begin at every character.
    const takers = spread(w, [...now, entry], at);
    if (takers === null) return true;
    if (at >= text.length) return false;
    now = take(w, takers, at);
  }
}
