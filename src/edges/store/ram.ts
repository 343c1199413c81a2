// Rows in memory: all or none, bounded per table, honest that a power cut loses them.
// The oldest final rows are forgotten; rows that somebody waits for are never dropped.

import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { STORE_FINAL_ROWS_MAX, STORE_ROWS_MAX } from "../../base/limits.ts";
import { FINAL_STATES, type Row, type Store } from "../../port/store.ts";

interface Kept {
  row: Row;
  /** Order of the first put. */
  seq: number;
}

/** Rows by their keys. */
interface Table {
  /** State → rows that somebody waits for. */
  states: Map<string, Map<string, Kept>>;
  /** Rows in final states, the oldest first: as one text each, they are many and hardly looked at. */
  finals: Map<string, string>;
}

const pack = ({ row, seq }: Kept): string => `${seq} ${row.dueMs} ${row.tries} ${row.state} ${row.json}`;

function unpack(table: string, key: string, text: string): Kept {
  const [seq = "", dueMs = "", tries = "", state = ""] = text.split(" ", 4);
  const json = text.slice(seq.length + dueMs.length + tries.length + state.length + 4);
  const row = { table, key, state, dueMs: Number(dueMs), tries: Number(tries), json };
  return { row: Object.freeze(row), seq: Number(seq) };
}

function find(t: Table, name: string, key: string): Kept | undefined {
  for (const rows of t.states.values()) {
    const found = rows.get(key);
    if (found !== undefined) return found;
  }
  const text = t.finals.get(key);
  return text === undefined ? undefined : unpack(name, key, text);
}

function forget(t: Table, { row: { state, key } }: Kept): void {
  t.finals.delete(key);
  const rows = t.states.get(state);
  rows?.delete(key);
  if (rows?.size === 0) t.states.delete(state);
}

function file(t: Table, kept: Kept): void {
  const { state, key } = kept.row;
  if (FINAL_STATES.has(state)) {
    t.finals.set(key, pack(kept));
    return;
  }
  const rows = t.states.get(state) ?? new Map<string, Kept>();
  rows.set(key, kept);
  t.states.set(state, rows);
}

function sizeOf(t: Table): number {
  let size = t.finals.size;
  for (const rows of t.states.values()) size += rows.size;
  return size;
}

/** The keys of the oldest final rows, as many as needed; fewer when others are waited for. */
function oldestFinal(t: Table, count: number, spare: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const key of t.finals.keys()) {
    if (found.length >= count) break;
    if (!spare.has(key)) found.push(key);
  }
  return found;
}

/** The keys of what must go for `fresh` new keys to fit, or the fault that says it cannot be. */
function roomFor(t: Table, name: string, keys: ReadonlySet<string>): string[] | Fault {
  let fresh = 0;
  for (const key of keys) if (find(t, name, key) === undefined) fresh += 1;
  const over = sizeOf(t) + fresh - STORE_ROWS_MAX;
  if (over <= 0) return [];
  const gone = oldestFinal(t, over, keys);
  if (gone.length >= over) return gone;
  return fault("limit", `Too much is waiting to be worked on (${STORE_ROWS_MAX} entries in "${name}").`, {
    next: "Try again in a minute.",
    code: "store_full",
    retryAfterMs: 60_000,
  });
}

function byTable(rows: readonly Row[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  for (const row of rows) {
    const set = keys.get(row.table) ?? new Set<string>();
    set.add(row.key);
    keys.set(row.table, set);
  }
  return keys;
}

const NONE: ReadonlySet<string> = new Set();

/** A store that lives as long as the process. */
export function makeRamStore(): Store {
  const tables = new Map<string, Table>();
  let seq = 0;

  const table = (name: string): Table => {
    const found = tables.get(name) ?? { states: new Map(), finals: new Map() };
    tables.set(name, found);
    return found;
  };
  const set = (row: Row): void => {
    const t = table(row.table);
    const old = find(t, row.table, row.key);
    if (old !== undefined) forget(t, old);
    seq += 1;
    file(t, { row: Object.freeze({ ...row }), seq: old?.seq ?? seq });
  };

  /** Makes room in every table, or in none. */
  const makeRoom = (keys: ReadonlyMap<string, ReadonlySet<string>>): Outcome<void> => {
    const gone: Array<[Table, string]> = [];
    for (const [name, own] of keys) {
      const t = table(name);
      const room = roomFor(t, name, own);
      if (isFault(room)) return room;
      for (const key of room) gone.push([t, key]);
    }
    for (const [t, key] of gone) t.finals.delete(key);
    return undefined;
  };

  return {
    keeps: "process",
    async put(s, rows) {
      if (s.stopped !== null) return s.stopped;
      const keys = byTable(rows);
      const room = makeRoom(keys);
      if (isFault(room)) return room;
      for (const row of rows) set(row);
      for (const name of keys.keys()) {
        const { finals } = table(name);
        for (const key of oldestFinal(table(name), finals.size - STORE_FINAL_ROWS_MAX, NONE)) finals.delete(key);
      }
    },
    async get(s, name, key) {
      if (s.stopped !== null) return s.stopped;
      const t = tables.get(name);
      return (t && find(t, name, key)?.row) ?? null;
    },
    async due(s, name, state, max) {
      if (s.stopped !== null) return s.stopped;
      const t = tables.get(name);
      const finals = t && FINAL_STATES.has(state) ? [...t.finals].map(([key, text]) => unpack(name, key, text)) : [];
      const kept = [...finals.filter(({ row }) => row.state === state), ...(t?.states.get(state)?.values() ?? [])];
      kept.sort((a, b) => a.row.dueMs - b.row.dueMs || a.seq - b.seq);
      return kept.slice(0, max).map((k) => k.row);
    },
  };
}
