// Set-ups written as text: a line that begins with "/" names a menu, each other line is a
// row of name=value pairs, an indented line goes on with the row above. Values with
// spaces, or none at all, are in double quotes.

import { assert } from "../../base/bug.ts";

export interface Page {
  menu: string;
  rows: Array<Record<string, string>>;
}

const PAIR = /^([~A-Za-z0-9.-]+)=(?:"([^"]*)"|([^\s"]+))(?:\s+|$)/;

function pairs(line: string, into: Record<string, string>): void {
  let rest = line.trim();
  while (rest !== "") {
    const found = PAIR.exec(rest);
    assert(found !== null, `a sheet has a line that is no row: ${rest}`);
    into[found[1] ?? ""] = found[2] ?? found[3] ?? "";
    rest = rest.slice(found[0].length);
  }
}

/** The pages of a sheet, in its order. */
export function readSheet(text: string): readonly Page[] {
  const pages: Page[] = [];
  let row: Record<string, string> | null = null;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (/^[/~]\S*$/.test(line)) {
      pages.push({ menu: line, rows: [] });
      row = null;
      continue;
    }
    const page = pages.at(-1);
    assert(page !== undefined, "a sheet begins with a menu");
    const goesOn = line.startsWith(" ") && row !== null;
    if (!goesOn || row === null) {
      row = {};
      page.rows.push(row);
    }
    pairs(line, row);
  }
  return pages;
}
