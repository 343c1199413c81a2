// Tables of the simulated router: ordered rows with hexadecimal ids that are never used
// twice. Fields that begin with "~" belong to the simulation and are never shown.

/** Field name → value; RouterOS values are strings. */
export type Fields = Map<string, string>;

export interface Row {
  readonly id: string;
  readonly fields: Fields;
}

/** Where the ids of one or more tables come from: interfaces of all kinds share one. */
export interface Ids {
  next: number;
}

export interface Table {
  readonly rows: Row[];
  readonly ids: Ids;
}

/** An empty table; interface menus hand in ids that they share. */
export function makeTable(ids: Ids = { next: 1 }): Table {
  return { rows: [], ids };
}

/** The next id, such as `*1F`. */
function newId(ids: Ids): string {
  const id = `*${ids.next.toString(16).toUpperCase()}`;
  ids.next += 1;
  return id;
}

/** Adds a row at the end, or before the row with the id `before`. */
export function addRow(table: Table, fields: Fields, before?: string): Row {
  const row: Row = { id: newId(table.ids), fields };
  const at = before === undefined ? -1 : table.rows.findIndex((r) => r.id === before);
  if (at < 0) table.rows.push(row);
  else table.rows.splice(at, 0, row);
  return row;
}

/** The row with that id, in either case. */
export function findRow(table: Table, id: string): Row | undefined {
  const wanted = id.toUpperCase();
  return table.rows.find((r) => r.id === wanted);
}

/** Takes a row out; its id is not used again. */
export function dropRow(table: Table, id: string): void {
  const at = table.rows.findIndex((r) => r.id === id);
  if (at >= 0) table.rows.splice(at, 1);
}

/** Puts a row in front of another; at the end when `before` is not there. */
export function moveRow(table: Table, id: string, before: string | undefined): void {
  const row = findRow(table, id);
  if (row === undefined || id === before) return;
  dropRow(table, id);
  const at = before === undefined ? -1 : table.rows.findIndex((r) => r.id === before);
  if (at < 0) table.rows.push(row);
  else table.rows.splice(at, 0, row);
}

/** Fields of an object literal. */
export function fieldsOf(record: Readonly<Record<string, string>>): Fields {
  return new Map(Object.entries(record));
}

/** True when the field says so. */
export function isTrue(fields: Fields, name: string): boolean {
  return fields.get(name) === "true";
}
