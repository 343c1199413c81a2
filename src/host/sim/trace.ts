// One line per completion and its running hash: the same seed must give the same on every
// engine. The last lines are kept for a person who looks for the first difference.

import { traceHash } from "../../base/hash.ts";
import { type AbiValue, OP } from "../../port/abi.ts";
import { hash32 } from "./prng.ts";

export interface Trace {
  add(nowUs: number, machine: string, id: number, op: number, code: number, value: AbiValue): void;
  /** For the program's own steps: "clock, room, key, state". */
  note(nowUs: number, machine: string, text: string): void;
  /** Of all lines so far. */
  hash(): string;
  /** The last lines, oldest first. */
  readonly lines: readonly string[];
  readonly count: number;
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(OP).map(([name, op]) => [op, name]));

function digest(value: AbiValue): string {
  if (value === undefined) return "-";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `${value.length}/${hash32(value)}`;
  let h = 0x811c9dc5;
  for (const b of value) h = Math.imul(h ^ b, 0x01000193);
  return `${value.length}/${h >>> 0}`;
}

/** A trace that keeps its last `keep` lines. */
export function makeTrace(keep: number): Trace {
  const hash = traceHash();
  const lines: string[] = [];
  let count = 0;
  const put = (line: string): void => {
    hash.add(line);
    count += 1;
    lines.push(line);
    if (lines.length > 2 * keep) lines.splice(0, keep);
  };
  return {
    add: (nowUs, machine, id, op, code, value) =>
      put(`${nowUs} ${machine} ${id} ${NAMES.get(op) ?? op} ${code} ${digest(value)}`),
    note: (nowUs, machine, text) => put(`${nowUs} ${machine} ${text}`),
    hash: () => hash.hex(),
    lines,
    get count() {
      return count;
    },
  };
}
