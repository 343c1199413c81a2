// Reads rows of one RouterOS menu, filtered by the router, with only the fields asked for:
// fewer tokens than a printed table. The rows come masked from the Router port.

import * as z from "zod/mini";
import { isFault } from "../../base/fault.ts";
import { REST_ROWS_MAX, TOOL_CAP_MS, TOOL_OUT_BYTES_MAX, TOOL_VALUE_UNITS_MAX } from "../../base/limits.ts";
import { oneLine } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Tool } from "../../port/tool.ts";

const PURPOSE = `Reads rows of one RouterOS menu, such as menu "/ip/dhcp-server/lease". "where" keeps rows whose fields equal the given texts, for example {"dynamic":"true"}. "fields" names the fields to show; leave it out once to learn their names. "limit" is 50 unless given.
Prefer this to routeros_execute for reading; several reads may be asked for at once.`;

interface Args {
  menu: string;
  where?: Record<string, string> | undefined;
  fields?: string[] | undefined;
  limit?: number | undefined;
}

const ROWS_USUAL = 50;

/** `routeros_print`: rows of a menu. */
export const routerosPrint: Tool<Args> = {
  name: "routeros_print",
  purpose: PURPOSE,
  args: () =>
    z.strictObject({
      menu: z.string().check(z.minLength(1), z.maxLength(200)),
      where: z.optional(z.record(z.string(), z.string())),
      fields: z.optional(z.array(z.string())),
      limit: z.optional(z.int().check(z.minimum(1), z.maximum(REST_ROWS_MAX))),
    }),
  effect: "read",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(s, kit, { menu, where = {}, fields = [], limit = ROWS_USUAL }) {
    const path = menuPath(menu);
    // One more than asked for tells whether there are more.
    const rows = await kit.router.print(s, path, where, limit + 1);
    if (isFault(rows)) return rows;
    return { text: rowsText(path, rows, fields, limit) };
  },
};

/** "ip dhcp-server lease", "/ip dhcp-server lease print" and "/ip/dhcp-server/lease" are one menu. */
function menuPath(menu: string): string {
  const names = menu.split(/[\s/]+/).filter((name) => name !== "");
  if (names.at(-1) === "print") names.pop();
  return `/${names.join("/")}`;
}

function rowsText(path: string, rows: readonly RosRow[], fields: readonly string[], limit: number): string {
  const [first] = rows;
  if (first === undefined) return `${path} has no such rows.`;
  const shown = rows.slice(0, limit);
  const absent = fields.filter((name) => !shown.some((row) => name in row));
  const lines = shown.map((row) => rowText(row, fields));
  if (absent.length > 0) lines.push(`(no row has ${absent.join(", ")}; there are: ${Object.keys(first).join(", ")})`);
  if (rows.length > limit) lines.push(`(more than ${limit} rows; narrow it with "where")`);
  return lines.join("\n");
}

// As RouterOS prints "terse": name=value, quoted where there is a space.
function rowText(row: RosRow, fields: readonly string[]): string {
  const names = fields.length === 0 ? Object.keys(row) : fields.filter((name) => Object.hasOwn(row, name));
  return names.map((name) => `${name}=${valueText(row[name] ?? "")}`).join(" ");
}

function valueText(value: string): string {
  const line = oneLine(value, TOOL_VALUE_UNITS_MAX);
  return /[\s"]/.test(line) ? JSON.stringify(line) : line;
}
