// What each action changed, so that it can be undone and done again: /system/history,
// /undo, /redo, safe mode. Counters and dynamic rows are no part of it.
// Facts: MikroTik manual, Configuration Management.

import { settleAll } from "./links.ts";
import { isPrivate } from "./record.ts";
import { type Fields, isTrue, type Row, type Table } from "./rows.ts";
import { isVolatile, type World } from "./world.ts";

interface Shot {
  readonly rows: ReadonlyArray<readonly [Row, Fields]>;
}

export interface Snapshot {
  readonly tables: ReadonlyMap<string, Shot>;
  readonly singles: ReadonlyMap<string, Fields>;
}

/** What an action changed, and both ways. */
export interface Step {
  readonly undo: () => void;
  readonly redo: () => void;
  /** The commands that would take it back. */
  readonly undoText: string;
}

/** The configuration as it is. */
export function snapshot(world: World): Snapshot {
  const tables = new Map<string, Shot>();
  for (const [menu, table] of world.tables) {
    if (isVolatile(menu)) continue;
    const rows = table.rows.filter((r) => !isTrue(r.fields, "dynamic"));
    tables.set(menu, { rows: rows.map((r) => [r, new Map(r.fields)] as const) });
  }
  return { tables, singles: new Map([...world.singles].map(([menu, f]) => [menu, new Map(f)])) };
}

const own = (name: string): boolean => !name.startsWith("~");

/** The fields in which two states differ: name and both values. */
function differences(a: Fields, b: Fields): Array<readonly [string, string | undefined, string | undefined]> {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((n) => own(n) && a.get(n) !== b.get(n)).map((n) => [n, a.get(n), b.get(n)] as const);
}

// Asked of every row at every change: it makes no sets.
function isEqual(a: Fields, b: Fields): boolean {
  for (const [name, value] of a) if (own(name) && b.get(name) !== value) return false;
  for (const name of b.keys()) if (own(name) && !a.has(name)) return false;
  return true;
}

const NO_ROWS: Shot = { rows: [] };

interface Change {
  readonly menu: string;
  readonly before: Shot;
  readonly after: Shot;
}

const isSame = (a: Shot, b: Shot): boolean =>
  a.rows.length === b.rows.length &&
  a.rows.every(([row, fields], at) => {
    const other = b.rows[at];
    return other !== undefined && other[0] === row && isEqual(fields, other[1]);
  });

function put(fields: Fields, name: string, value: string | undefined): void {
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
}

/** Puts the rows of `to` where they were, takes those of `from` away, and sets back what differs. */
function bring(table: Table, from: Shot, to: Shot): void {
  const had = new Map(from.rows);
  const has = new Map(to.rows);
  const kept = table.rows.filter((r) => !had.has(r) || has.has(r));
  const others = kept.filter((r) => !has.has(r));
  const known = to.rows.map(([r]) => r).filter((r) => kept.includes(r) || !had.has(r));
  for (const row of known) {
    for (const [name, , wanted] of differences(had.get(row) ?? new Map(), has.get(row) ?? new Map())) {
      put(row.fields, name, wanted);
    }
  }
  // Dynamic rows keep their place at the front or the end.
  const front = others.filter((r) => table.rows.indexOf(r) === 0);
  table.rows.splice(0, table.rows.length, ...front, ...known, ...others.filter((r) => !front.includes(r)));
}

const spell = (menu: string, name: string, value: string | undefined): string =>
  value === undefined ? `!${name}` : `${name}=${isPrivate(menu, name) ? "*****" : JSON.stringify(value)}`;

function undoTexts({ menu, before, after }: Change): string[] {
  const [had, has] = [new Map(before.rows), new Map(after.rows)];
  const added = after.rows.filter(([r]) => !had.has(r)).map(([r]) => `${menu}/remove ${r.id}`);
  const removed = before.rows
    .filter(([r]) => !has.has(r))
    .map(
      ([, f]) =>
        `${menu}/add ${[...f]
          .filter(([n]) => own(n))
          .map(([n, v]) => spell(menu, n, v))
          .join(" ")}`,
    );
  const changed = before.rows.flatMap(([r, f]) => {
    const parts = differences(f, has.get(r) ?? f).map(([n, v]) => spell(menu, n, v));
    return parts.length === 0 ? [] : [`${menu}/set ${r.id} ${parts.join(" ")}`];
  });
  return [...added, ...removed, ...changed];
}

function turn(table: Table, { before, after }: Change, isBack: boolean): void {
  if (isBack) bring(table, after, before);
  else bring(table, before, after);
}

function turnFields(fields: Fields, changed: ReturnType<typeof differences>, isBack: boolean): void {
  for (const [name, was, is] of changed) put(fields, name, isBack ? was : is);
}

/** What has changed since; call it when the action is done. */
export function stepSince(world: World, before: Snapshot): Step {
  const after = snapshot(world);
  const changes: Change[] = [...after.tables]
    .map(([menu, shot]) => ({ menu, before: before.tables.get(menu) ?? NO_ROWS, after: shot }))
    .filter((c) => !isSame(c.before, c.after));
  const singles = [...after.singles].map(
    ([menu, fields]) => [menu, differences(before.singles.get(menu) ?? new Map(), fields)] as const,
  );
  const go = (isBack: boolean): void => {
    for (const c of changes) turn(world.table(c.menu), c, isBack);
    for (const [menu, fields] of singles) turnFields(world.single(menu), fields, isBack);
    settleAll(world);
    for (const c of changes) world.changed(c.menu);
  };
  const single = singles.flatMap(([menu, fields]) =>
    fields.length === 0 ? [] : [`${menu}/set ${fields.map(([n, was]) => spell(menu, n, was)).join(" ")}`],
  );
  return {
    undo: () => go(true),
    redo: () => go(false),
    undoText: [...changes.flatMap(undoTexts), ...single].join("; "),
  };
}
