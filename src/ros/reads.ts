// Runs what only reads: the calls, the local part of the filter, masking, and the text
// that people and models see. Facts: MikroTik manual, REST API.

import { fault, isFault, type Wait } from "../base/fault.ts";
import {
  REST_ROWS_MAX,
  ROUTER_TEXT_BYTES_MAX,
  ROUTER_VALUE_UNITS_MAX,
  TABLE_CELL_UNITS_MAX,
  TABLE_COLUMNS_MAX,
} from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { cutBytes, oneLine, printable, table } from "../base/text.ts";
import type { RosRow } from "../port/router.ts";
import { slowProps } from "./find-rows.ts";
import type { Intent } from "./intent.ts";
import type { Masker } from "./mask.ts";
import type { Rest, RestCall } from "./rest.ts";
import { exactPart, fieldsOf, fits, ownValue } from "./where.ts";

type Print = Extract<Intent, { do: "print" }>;

export interface Reading {
  rest: Rest;
  masker: Masker;
}

/** The properties to ask for: those wanted, and those that conditions look at. */
function askFor(i: Print, props: readonly string[] | null): Record<string, string> {
  if (props === null) return { ...slowProps(i.menu) };
  const find = i.only?.by === "find" ? fieldsOf(i.only.where) : [];
  return { ".proplist": [...new Set([".id", ...props, ...fieldsOf(i.where), ...find])].join(",") };
}

function printCalls(i: Print): readonly RestCall[] {
  if (i.shape === "count" && i.where === null && i.only === null) {
    return [{ method: "POST", path: `${i.menu}/print`, body: { "count-only": "" }, reads: true }];
  }
  const query = askFor(i, i.shape === "count" ? [] : i.props);
  const get = (path: string, more: Record<string, string> = {}): RestCall => ({
    method: "GET",
    path,
    query: { ...more, ...query },
  });
  if (i.only?.by === "ids") return i.only.ids.map((id) => get(`${i.menu}/${id}`));
  if (i.only?.by === "names") return i.only.names.map((name) => get(i.menu, { name }));
  const exact = { ...exactPart(i.menu, i.where), ...(i.only === null ? {} : exactPart(i.menu, i.only.where)) };
  return [get(i.menu, exact)];
}

/** The calls that a read makes. */
export function readCalls(i: Intent): readonly RestCall[] {
  if (i.do === "print") return printCalls(i);
  if (i.do !== "act") return [];
  const numbers =
    i.target === null || i.target.by === "find"
      ? {}
      : { [i.rows]: (i.target.by === "ids" ? i.target.ids : i.target.names).join(",") };
  return [{ method: "POST", path: `${i.menu}/${i.verb}`, body: { ...numbers, ...i.body }, reads: true }];
}

/** Rows of a read, filtered and masked. */
export async function readRows(s: Scope, r: Reading, i: Intent): Wait<readonly RosRow[]> {
  const all: RosRow[] = [];
  for (const call of readCalls(i)) {
    const rows = await r.rest.rows(s, call);
    if (isFault(rows)) return rows;
    all.push(...rows);
  }
  if (i.do !== "print" || i.shape === "count") return all.map((row) => r.masker.row(i.menu, row));
  const find = i.only?.by === "find" ? i.only.where : null;
  return all.filter((row) => fits(i.where, row) && fits(find, row)).map((row) => r.masker.row(i.menu, row));
}

async function readCount(s: Scope, r: Reading, i: Print): Wait<string> {
  if (i.where === null && i.only === null) {
    const rows = await readRows(s, r, i);
    return isFault(rows) ? rows : (rows[0]?.["ret"] ?? String(rows.length));
  }
  const rows = await readRows(s, r, { ...i, shape: "rows", props: [] });
  return isFault(rows) ? rows : String(rows.length);
}

async function readValue(s: Scope, r: Reading, i: Print): Wait<string> {
  const rows = await readRows(s, r, i);
  if (isFault(rows)) return rows;
  const [row, more] = rows;
  if (row === undefined) return fault("missing", `Nothing in ${i.menu} fits.`, { next: `Look with ${i.menu}/print.` });
  if (more !== undefined)
    return fault("conflict", `${rows.length} entries of ${i.menu} fit; get wants exactly one.`, {
      next: "Narrow the condition.",
    });
  const name = i.props?.[0];
  if (name === undefined) return rowText([row], null);
  const lines = cutBytes(printable(ownValue(row, name) ?? ""), ROUTER_TEXT_BYTES_MAX, "\n(cut)").split("\n");
  // Lines of a script or note, which might look like something that the agent says.
  return lines.length === 1 ? lines.join("") : lines.map((line) => `| ${line}`).join("\n");
}

/** Runs one read and gives its text. */
export async function readText(s: Scope, r: Reading, i: Intent): Wait<string> {
  if (i.do === "print" && i.shape === "count") return readCount(s, r, i);
  if (i.do === "print" && i.shape === "value") return readValue(s, r, i);
  const rows = await readRows(s, r, i);
  if (isFault(rows)) return rows;
  return i.do === "print" ? rowText(rows, i.props, i.detail) : rowText(rows, null);
}

/** Shortens values and remembers whether it had to. */
function shortener(): { cut: boolean; text(value: string | undefined, max: number): string } {
  return {
    cut: false,
    text(value, max) {
      const whole = oneLine(printable(value ?? ""), Number.POSITIVE_INFINITY);
      this.cut ||= whole.length > max;
      return oneLine(whole, max);
    },
  };
}

type Short = ReturnType<typeof shortener>;

/** A line a value, an empty line between rows. */
function blocks(rows: readonly RosRow[], used: readonly string[], short: Short): string {
  const line = (row: RosRow, c: string): string => `${c}: ${short.text(row[c], ROUTER_VALUE_UNITS_MAX * 20)}`;
  const block = (row: RosRow): string =>
    used
      .filter((c) => ownValue(row, c) !== undefined)
      .map((c) => line(row, c))
      .join("\n");
  return rows.map(block).join("\n\n");
}

/** Columns; what stands last may be long without pushing others aside. */
function columns(rows: readonly RosRow[], used: readonly string[], short: Short): string {
  const max = (at: number): number => (at === used.length - 1 ? ROUTER_VALUE_UNITS_MAX : TABLE_CELL_UNITS_MAX);
  return table([used, ...rows.map((row) => used.map((c, at) => short.text(ownValue(row, c), max(at))))]);
}

/** A line a row, of name=value pairs. */
function pairs(rows: readonly RosRow[], used: readonly string[], short: Short): string {
  const pair = (name: string, value: string): string => {
    const shown = short.text(value, ROUTER_VALUE_UNITS_MAX);
    return `${name}=${/^[^\s"]+$/.test(shown) ? shown : JSON.stringify(shown)}`;
  };
  const filled = (row: RosRow): readonly string[] => used.filter((c) => (ownValue(row, c) ?? "") !== "");
  return rows
    .map((row) =>
      filled(row)
        .map((c) => pair(c, row[c] ?? ""))
        .join(" "),
    )
    .join("\n");
}

// Flags that are seldom on; where no row has one on, it would only widen the table.
const CALM = new Set(
  "blocked builtin default disabled dynamic expired inactive invalid log published radius slave".split(" "),
);

/** Rows as a small table, or as one line of name=value pairs each; one alone, or with detail, has a line a value. */
export function rowText(rows: readonly RosRow[], props: readonly string[] | null, detail = false): string {
  if (rows.length === 0) return "No entries.";
  const kept = rows.slice(0, REST_ROWS_MAX);
  const wanted =
    props === null
      ? [...new Set(kept.flatMap((row) => Object.keys(row)))]
      : [".id", ...props.filter((p) => p !== ".id")];
  const isWhole = detail || kept.length === 1;
  const tells = (row: RosRow, c: string): boolean => {
    const value = ownValue(row, c);
    return value !== undefined && (isWhole || props !== null || !(value === "" || (value === "false" && CALM.has(c))));
  };
  const used = wanted.filter((c) => kept.some((row) => tells(row, c)));
  const shape = isWhole ? blocks : used.length > TABLE_COLUMNS_MAX ? pairs : columns;
  const short = shortener();
  const text = shape(kept, used, short);
  const hint = short.cut ? "\n(… stands for more: print detail shows it, or get for one value)" : "";
  const more = rows.length > kept.length ? `\n(the first ${kept.length} of ${rows.length}; narrow it with where)` : "";
  return cutBytes(text, ROUTER_TEXT_BYTES_MAX, "\n(cut; narrow it with where or proplist=)") + hint + more;
}
