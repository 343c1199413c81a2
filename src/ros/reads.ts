// Runs what only reads: the calls, the local part of the filter, masking, and the text
// that people and models see. Facts: MikroTik manual, REST API.

import { fault, isFault, type Wait } from "../base/fault.ts";
import { REST_ROWS_MAX, ROUTER_TEXT_BYTES_MAX, ROUTER_VALUE_UNITS_MAX, TABLE_COLUMNS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { cutBytes, oneLine, printable, table } from "../base/text.ts";
import type { RosRow } from "../port/router.ts";
import { slowProps } from "./find-rows.ts";
import type { Intent } from "./intent.ts";
import type { Masker } from "./mask.ts";
import type { Rest, RestCall } from "./rest.ts";
import { exactPart, fieldsOf, fits } from "./where.ts";

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
      : { numbers: (i.target.by === "ids" ? i.target.ids : i.target.names).join(",") };
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
  return name === undefined ? rowText([row], null) : printable(fieldOf(row, name) ?? "");
}

/** Runs one read and gives its text. */
export async function readText(s: Scope, r: Reading, i: Intent): Wait<string> {
  if (i.do === "print" && i.shape === "count") return readCount(s, r, i);
  if (i.do === "print" && i.shape === "value") return readValue(s, r, i);
  const rows = await readRows(s, r, i);
  if (isFault(rows)) return rows;
  return rowText(rows, i.do === "print" ? i.props : null);
}

// A name from outside may be one that every object has ("constructor").
const fieldOf = (row: RosRow, name: string): string | undefined => (Object.hasOwn(row, name) ? row[name] : undefined);

const cell = (value: string | undefined): string => (value === undefined ? "" : oneLine(printable(value), 48));

function pair(name: string, value: string): string {
  const shown = oneLine(printable(value), ROUTER_VALUE_UNITS_MAX);
  return `${name}=${/^[^\s"]+$/.test(shown) ? shown : JSON.stringify(shown)}`;
}

/** Rows as a small table, or as one line of name=value pairs each; one alone has a line a value. */
function rowText(rows: readonly RosRow[], props: readonly string[] | null): string {
  if (rows.length === 0) return "No entries.";
  const kept = rows.slice(0, REST_ROWS_MAX);
  const columns =
    props === null
      ? [...new Set(kept.flatMap((row) => Object.keys(row)))]
      : [".id", ...props.filter((p) => p !== ".id")];
  const used = columns.filter((c) => kept.some((row) => fieldOf(row, c) !== undefined));
  const only = kept.length === 1 ? kept[0] : undefined;
  let text = "";
  if (only !== undefined && used.length > 1) {
    text = used
      .filter((c) => fieldOf(only, c) !== undefined)
      .map((c) => `${c}: ${oneLine(printable(fieldOf(only, c) ?? ""), ROUTER_VALUE_UNITS_MAX * 4)}`)
      .join("\n");
  } else if (used.length <= TABLE_COLUMNS_MAX) {
    text = table([used, ...kept.map((row) => used.map((c) => cell(fieldOf(row, c))))]);
  } else {
    text = kept
      .map((row) =>
        used
          .filter((c) => (fieldOf(row, c) ?? "") !== "")
          .map((c) => pair(c, fieldOf(row, c) ?? ""))
          .join(" "),
      )
      .join("\n");
  }
  const more = rows.length > kept.length ? `\n(the first ${kept.length} of ${rows.length}; narrow it with where)` : "";
  return cutBytes(text, ROUTER_TEXT_BYTES_MAX, "\n(cut; narrow it with where or proplist=)") + more;
}
