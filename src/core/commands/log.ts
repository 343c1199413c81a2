// /log: the newest log lines, all or those with a text in them. "/log print" and other
// words of RouterOS's own menu are console commands.

import { isFault } from "../../base/fault.ts";
import { LOG_LINE_CHARS_MAX, LOG_LINES_MAX, REST_ROWS_MAX } from "../../base/limits.ts";
import { oneLine, printable, word } from "../../base/text.ts";
import { type Command, clip, rowsOf } from "../command-kit.ts";

const LINES = 20;

export const log: Command = {
  name: "log",
  usage: "[count] [text]",
  purpose: "the newest log lines",
  isConsole: (args) => /^(print|find|get|export|monitor)\b/.test(args) || /^(info|warning|error|debug)\s/.test(args),
  async run(s, ctx, args) {
    const found = /^(\d{1,4})?\s*([\s\S]*)$/.exec(args);
    const lines = Math.min(LOG_LINES_MAX, Math.max(1, Number(found?.[1] ?? LINES)));
    const filter = (found?.[2] ?? "").trim().toLowerCase();
    const rows = await rowsOf(s, ctx, "/log", REST_ROWS_MAX);
    if (isFault(rows)) return rows;
    const texts = rows.map((r) => {
      const message = oneLine(printable(r["message"] ?? ""), LOG_LINE_CHARS_MAX);
      return `${word(r["time"])} ${word(r["topics"])}: ${message}`;
    });
    const fit = filter === "" ? texts : texts.filter((t) => t.toLowerCase().includes(filter));
    if (fit.length === 0) {
      return { text: filter === "" ? "The log is empty." : `No log line has "${word(filter)}" in it.` };
    }
    return { text: clip(fit.slice(-lines).join("\n")) };
  },
};
