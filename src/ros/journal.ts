// Entries of the audit log and their chain: each holds the hash of the one before, and its own
// over all of it. Who edits, removes or reorders entries breaks the chain; who can write it all
// anew does not: a head noted elsewhere tells then. Lines are JSON with sorted keys.

import { type Fault, fault, isFault } from "../base/fault.ts";
import { sha256Hex } from "../base/hash.ts";
import { parseJson, stableJson } from "../base/json.ts";

/** Number and hash of the newest entry. */
export interface Head {
  readonly n: number;
  readonly hash: string;
}

export const NO_HEAD: Head = { n: 0, hash: "" };

/** What an entry tells besides its place in the chain. */
export type Note = Readonly<Record<string, string | readonly string[]>>;

export interface Entry extends Head {
  readonly at: string;
  readonly what: string;
  /** The oldest entry that was still kept when this was written. */
  readonly kept: number;
  readonly prev: string;
  readonly [field: string]: unknown;
}

/** The line of the entry behind `head`, without its line end, and the new head. */
export function chained(head: Head, kept: number, at: string, note: Note): { line: string; head: Head } {
  const n = head.n + 1;
  const body = { ...note, n, at, kept: Math.min(kept, n), prev: head.hash };
  const hash = sha256Hex(stableJson(body));
  return { line: stableJson({ ...body, hash }), head: { n, hash } };
}

/** The entry of a line as it was written; null for anything else. */
export function entryOf(line: string): Entry | null {
  const value = parseJson(line);
  if (isFault(value) || typeof value !== "object" || value === null || stableJson(value) !== line) return null;
  const { hash, ...body } = value as Partial<Entry>;
  const { n, at, what, kept, prev } = body;
  const whole =
    typeof n === "number" &&
    typeof kept === "number" &&
    [at, what, prev].every((x) => typeof x === "string") &&
    hash === sha256Hex(stableJson(body));
  // Written by chained() above, or the hash would not fit.
  return whole ? (value as Entry) : null;
}

/** The first line of an export: what it holds. */
export function exportHead(from: number, head: Head): string {
  return stableJson({ audit: 1, from, to: head.n, head: head.hash });
}

function headerOf(line: string): Head | null {
  const value = parseJson(line);
  if (isFault(value) || typeof value !== "object" || value === null || !("audit" in value)) return null;
  const { to, head } = value as { to?: unknown; head?: unknown };
  return typeof to === "number" && typeof head === "string" ? { n: to, hash: head } : null;
}

export interface Verified {
  readonly from: number;
  readonly head: Head;
  /** The end is known: nothing is cut off there. */
  readonly isWhole: boolean;
  /** Its last line is cut off, as a power cut does while it is written; nothing of it was done. */
  readonly isTorn: boolean;
}

const broken = (what: string): Fault =>
  fault("conflict", `The audit log does not hold: ${what}.`, {
    code: "audit_broken",
    next: "Compare it with an export that was made before.",
  });

/** What the end must be: `told`, or what follows it. */
function atEnd(entries: readonly Entry[], told: Head): Fault | null {
  const last = entries.at(-1);
  const lastN = last?.n ?? 0;
  if (lastN < told.n) return broken(`entries ${lastN + 1} to ${told.n} are missing at its end`);
  const there = entries.find((e) => e.n === told.n);
  return told.n > 0 && there !== undefined && there.hash !== told.hash ? broken(`entry ${told.n} was replaced`) : null;
}

function atStart([first]: readonly Entry[], last: Entry | undefined): Fault | null {
  if (first === undefined || last === undefined) return null;
  if (first.n > last.kept) return broken(`entries ${last.kept} to ${first.n - 1} are missing at its beginning`);
  return first.n === 1 && first.prev !== "" ? broken("something stood before entry 1") : null;
}

/** Why an entry cannot stand behind another; null: it can. */
function outOfPlace(place: string, entry: Entry | null, before: Entry | undefined): Fault | null {
  if (entry === null) return broken(`${place} was changed`);
  if (before === undefined) return null;
  if (entry.n !== before.n + 1) return broken(`${place} holds entry ${entry.n} behind entry ${before.n}`);
  return entry.prev === before.hash ? null : broken(`${place} does not follow from the one before`);
}

function linesOf(text: string): Pick<Verified, "isTorn"> & { lines: readonly string[] } {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  if (rest === "") return { lines, isTorn: false };
  // Editors and mail leave the last line end out; half an entry is something else.
  return entryOf(rest) === null ? { lines, isTorn: true } : { lines: [...lines, rest], isTorn: false };
}

/** Looks at a whole log or export, line by line. `told`: its head, where that is known from elsewhere. */
export function verifyChain(text: string, told: Head | null = null): Verified | Fault {
  const { lines, isTorn } = linesOf(text);
  const header = headerOf(lines[0] ?? "");
  const entries: Entry[] = [];
  for (const [i, line] of lines.entries()) {
    if (i === 0 && header !== null) continue;
    const entry = entryOf(line);
    const why = outOfPlace(`line ${i + 1}`, entry, entries.at(-1));
    if (why !== null) return why;
    if (entry !== null) entries.push(entry);
  }
  const last = entries.at(-1);
  const known = told ?? header;
  const why = atStart(entries, last) ?? (known === null ? null : atEnd(entries, known));
  if (why !== null) return why;
  const head = last === undefined ? NO_HEAD : { n: last.n, hash: last.hash };
  return { from: entries[0]?.n ?? 1, head, isWhole: known !== null, isTorn };
}
