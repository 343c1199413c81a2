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

interface Table {
  rows: Map<string, Kept>;
  /** State → kept rows, so that `due` does not walk the finished ones. */
  states: Map<string, Map<string, Kept>>;
  /** Final rows, the oldest first. */
  finals: Map<string, Kept>;
}

function unfiled(t: Table, kept: Kept): void {
  const states = t.states.get(kept.row.state);
  states?.delete(kept.row.key);
  if (states?.size === 0) t.states.delete(kept.row.state);
  t.finals.delete(kept.row.key);
}

function filed(t: Table, kept: Kept): void {
  const states = t.states.get(kept.row.state) ?? new Map<string, Kept>();
  states.set(kept.row.key, kept);
  t.states.set(kept.row.state, states);
  if (FINAL_STATES.has(kept.row.state)) t.finals.set(kept.row.key, kept);
}

function forget(t: Table, kept: Kept): void {
  t.rows.delete(kept.row.key);
  unfiled(t, kept);
}

/** The oldest final rows, as many as needed; fewer when others are waited for. */
function oldestFinal(t: Table, count: number, spare: ReadonlySet<string>): Kept[] {
  const found: Kept[] = [];
  for (const kept of t.finals.values()) {
    if (found.length >= count) break;
    if (!spare.has(kept.row.key)) found.push(kept);
  }
  return found;
}

/** What must go for `fresh` new keys to fit, or the fault that says it cannot be. */
function roomFor(t: Table, name: string, keys: ReadonlySet<string>): Kept[] | Fault {
  let fresh = 0;
  for (const key of keys) if (!t.rows.has(key)) fresh += 1;
  const over = t.rows.size + fresh - STORE_ROWS_MAX;
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
    const found = tables.get(name) ?? { rows: new Map(), states: new Map(), finals: new Map() };
    tables.set(name, found);
    return found;
  };
  const set = (row: Row): void => {
    const t = table(row.table);
    const old = t.rows.get(row.key);
    if (old !== undefined) unfiled(t, old);
    seq += 1;
    const kept: Kept = { row: Object.freeze({ ...row }), seq: old?.seq ?? seq };
    t.rows.set(row.key, kept);
    filed(t, kept);
  };

  /** Makes room in every table, or in none. */
  const makeRoom = (keys: ReadonlyMap<string, ReadonlySet<string>>): Outcome<void> => {
    const gone: Array<[Table, Kept]> = [];
    for (const [name, own] of keys) {
      const t = table(name);
      const room = roomFor(t, name, own);
      if (isFault(room)) return room;
      for (const kept of room) gone.push([t, kept]);
    }
    for (const [t, kept] of gone) forget(t, kept);
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
        const t = table(name);
        for (const kept of oldestFinal(t, t.finals.size - STORE_FINAL_ROWS_MAX, NONE)) forget(t, kept);
      }
    },
    async get(s, name, key) {
      if (s.stopped !== null) return s.stopped;
      return tables.get(name)?.rows.get(key)?.row ?? null;
    },
    async due(s, name, state, max) {
      if (s.stopped !== null) return s.stopped;
      const kept = [...(tables.get(name)?.states.get(state)?.values() ?? [])];
      kept.sort((a, b) => a.row.dueMs - b.row.dueMs || a.seq - b.seq);
      return kept.slice(0, max).map((k) => k.row);
    },
  };
}
