// Failing any operation by number. Operations of a machine are counted as they are
// submitted, over its restarts too; a rule picks the n-th, or all from the n-th on, and
// says how it goes wrong: with a code, with its effect but without its reply, or never.

import { CODE, OP } from "../../port/abi.ts";
import type { Prng } from "./prng.ts";

export interface FaultRule {
  /** Name of the machine. */
  machine: string;
  /** 1 is the first operation that counts for this rule. */
  nth: number;
  mode: "once" | "from";
  /**
   * "code": it is not done and ends with `code`. "lost": it is done, and ends with `code` all the
   * same (reads, writes and files). "hang": it never ends until it is cancelled.
   */
  how: "code" | "lost" | "hang";
  /** Default: one that this operation really may have, by seed. */
  code?: number;
  /** Only these operations count and fail, from the moment the rule is added. Without: all, from the machine's first. */
  ops?: readonly number[];
}

/** How one operation goes wrong. */
export interface Verdict {
  how: FaultRule["how"];
  code: number;
}

export interface Faults {
  /** The returned call removes the rule. */
  add(rule: FaultRule): () => void;
  clear(): void;
  /** How many operations went wrong by rule so far. */
  readonly hits: number;
  /** Operations submitted by a machine so far. */
  submitted(machine: string): number;
  /** For the machine: counts the operation and says whether it goes wrong. */
  look(machine: string, op: number): Verdict | null;
}

const STREAM = [CODE.RESET, CODE.TIMEDOUT] as const;
const FILE = [CODE.IO, CODE.DENIED, CODE.NOTFOUND] as const;
const FILE_WRITE = [CODE.IO, CODE.NOSPACE, CODE.DENIED] as const;

const CODES: Readonly<Record<number, readonly number[]>> = {
  [OP.SIGNAL]: [CODE.BUSY],
  [OP.RESOLVE]: [CODE.DNS, CODE.TIMEDOUT, CODE.BUSY],
  [OP.CONNECT]: [CODE.REFUSED, CODE.UNREACHABLE, CODE.RESET, CODE.TIMEDOUT, CODE.DNS, CODE.TLS, CODE.BUSY],
  [OP.LISTEN]: [CODE.EXISTS, CODE.DENIED, CODE.BUSY],
  [OP.ACCEPT]: [CODE.RESET, CODE.BUSY, CODE.IO],
  [OP.READ]: STREAM,
  [OP.WRITE]: STREAM,
  [OP.SHUTDOWN]: STREAM,
  [OP.CLOSE]: [CODE.IO],
  [OP.UDP]: [CODE.EXISTS, CODE.DENIED, CODE.BUSY],
  [OP.FS_READ]: FILE,
  [OP.FS_WRITE]: FILE_WRITE,
  [OP.FS_APPEND]: FILE_WRITE,
  [OP.FS_SYNC]: [CODE.IO, CODE.NOSPACE],
  [OP.FS_RENAME]: FILE_WRITE,
  [OP.FS_REMOVE]: FILE,
  [OP.FS_LIST]: FILE,
  [OP.FS_STAT]: FILE,
  [OP.FS_MKDIR]: FILE_WRITE,
  [OP.SPAWN]: [CODE.UNSUPPORTED, CODE.BUSY],
  [OP.TTY]: [CODE.NOTFOUND, CODE.IO],
};

/** The codes besides success that an operation may really end with. */
function codesFor(op: number): readonly number[] {
  return CODES[op] ?? [CODE.UNSUPPORTED];
}

const MAY_HANG: ReadonlySet<number> = new Set([
  OP.SIGNAL,
  OP.RESOLVE,
  OP.CONNECT,
  OP.ACCEPT,
  OP.READ,
  OP.WRITE,
  OP.TTY,
]);
const MAY_LOSE: ReadonlySet<number> = new Set([
  OP.READ,
  OP.WRITE,
  OP.SHUTDOWN,
  OP.FS_WRITE,
  OP.FS_APPEND,
  OP.FS_SYNC,
  OP.FS_RENAME,
  OP.FS_REMOVE,
  OP.FS_MKDIR,
]);

function fits(how: FaultRule["how"], op: number): boolean {
  // A timer never fails (port/abi.ts): a host without time is a dead host.
  if (op === OP.TIMER) return false;
  if (how === "hang") return MAY_HANG.has(op);
  return how === "lost" ? MAY_LOSE.has(op) : true;
}

function defaultCode(prng: Prng, how: FaultRule["how"], op: number): number {
  if (how !== "lost") return prng.pick(codesFor(op));
  return op >= OP.FS_READ && op <= OP.FS_MKDIR ? CODE.IO : CODE.RESET;
}

interface Entry {
  rule: FaultRule;
  seen: number;
}

/** Counts the operation for the rule; true when it is the rule's turn. */
function isDue(entry: Entry, machine: string, op: number): boolean {
  const { rule } = entry;
  if (rule.machine !== machine || (rule.ops !== undefined && !rule.ops.includes(op))) return false;
  entry.seen += 1;
  const turn = rule.mode === "once" ? entry.seen === rule.nth : entry.seen >= rule.nth;
  return turn && fits(rule.how, op);
}

/** Faults of one world. An operation that cannot go wrong in the rule's way is let through. */
export function makeFaults(prng: Prng): Faults {
  const rules = new Set<Entry>();
  const counts = new Map<string, number>();
  let hits = 0;
  return {
    add(rule) {
      const entry: Entry = { rule, seen: rule.ops === undefined ? (counts.get(rule.machine) ?? 0) : 0 };
      rules.add(entry);
      return () => void rules.delete(entry);
    },
    clear: () => rules.clear(),
    get hits() {
      return hits;
    },
    submitted: (machine) => counts.get(machine) ?? 0,
    look(machine, op) {
      counts.set(machine, (counts.get(machine) ?? 0) + 1);
      let found: Verdict | null = null;
      for (const entry of rules) {
        if (!isDue(entry, machine, op) || found !== null) continue;
        const { how, code } = entry.rule;
        found = { how, code: code ?? defaultCode(prng, how, op) };
      }
      if (found !== null) hits += 1;
      return found;
    },
  };
}

/** What the person would read of an injected fault. */
export function sentence(code: number): string {
  return SENTENCES[code] ?? "The operation failed.";
}

const SENTENCES: Readonly<Record<number, string>> = {
  [CODE.REFUSED]: "The connection was refused.",
  [CODE.UNREACHABLE]: "There is no route to that address.",
  [CODE.RESET]: "The other side closed or reset the connection.",
  [CODE.TIMEDOUT]: "The other side did not answer in time.",
  [CODE.DNS]: "This name could not be resolved.",
  [CODE.TLS]: "The certificate was not signed by an authority that this program trusts.",
  [CODE.NOTFOUND]: "There is nothing of that name.",
  [CODE.EXISTS]: "It is there or in use already.",
  [CODE.DENIED]: "The system does not allow this.",
  [CODE.NOSPACE]: "The disk is full.",
  [CODE.BUSY]: "Too many operations are under way at once.",
  [CODE.INVALID]: "The host was asked for something that makes no sense.",
  [CODE.UNSUPPORTED]: "This host cannot do that.",
  [CODE.IO]: "The device reported an error.",
};
