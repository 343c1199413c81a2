// /interfaces: every interface with its state and traffic.

import { isFault } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX } from "../../base/limits.ts";
import { count, humanBytes, table, word } from "../../base/text.ts";
import { type Command, clip, rowsOf } from "../command-kit.ts";

function stateOf(row: Readonly<Record<string, string>>): string {
  if (row["disabled"] === "true") return "disabled";
  return row["running"] === "true" ? "up" : "down";
}

export const interfaces: Command = {
  name: "interfaces",
  usage: "",
  purpose: "interfaces, their state and traffic",
  async run(s, ctx) {
    const rows = await rowsOf(s, ctx, "/interface");
    if (isFault(rows)) return rows;
    const shown = rows.slice(0, COMMAND_ROWS_MAX);
    const lines = shown.map((r) => [
      word(r["name"]),
      word(r["type"]),
      stateOf(r),
      humanBytes(r["rx-byte"]),
      humanBytes(r["tx-byte"]),
      word(r["comment"]),
    ]);
    const up = rows.filter((r) => stateOf(r) === "up").length;
    const head = `${count(rows.length, "interface")}, ${up} up`;
    return { text: clip(`${head}\n${table([["name", "type", "state", "in", "out", "comment"], ...lines])}`) };
  },
};
