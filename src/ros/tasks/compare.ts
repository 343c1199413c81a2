// /compare tells what of the configuration is different from a snapshot of /backup.

import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import { BACKUP_BYTES_MAX } from "../../base/limits.ts";
import { COMPARE_LINES_MAX, COMPARE_VALUE_CHARS_MAX, SNAPSHOT_FILES_MAX } from "../../base/limits-tasks.ts";
import type { Scope } from "../../base/scope.ts";
import { count, oneLine, printable, word } from "../../base/text.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { isOn } from "../rows.ts";
import { type Menus, readSnapshot, remembered, takeSnapshot } from "./snapshot.ts";

const MASKED = "Passwords and keys are masked, so a change of one is not seen.";

const FILE = /^backup-[A-Za-z0-9_-]{1,32}-(\d{8}T\d{6}Z)\.txt$/;

/** The newest snapshot, or the one that was named. */
async function older(s: Scope, kit: ToolKit, asked: string): Wait<{ name: string; text: string }> {
  const none = (what: string): Fault => fault("missing", what, { next: "Make one with /backup." });
  const inMemory = remembered(kit);
  if (kit.files === undefined) return inMemory ?? none("There is no snapshot to compare with.");
  const names = await kit.files.list(s, "", SNAPSHOT_FILES_MAX);
  if (isFault(names)) return names;
  const time = (name: string): string => FILE.exec(name)?.[1] ?? "";
  const all = names.filter((n) => FILE.test(n)).sort((a, b) => (time(a) < time(b) ? 1 : -1));
  const name = asked === "" ? all[0] : all.find((n) => n === asked);
  if (name === undefined && asked === "" && inMemory !== undefined) return inMemory;
  if (name === undefined) {
    const there = all.slice(0, 5).join(", ");
    return none(
      asked === ""
        ? "There is no snapshot to compare with."
        : `There is no snapshot "${word(asked)}"${there === "" ? "." : `; there are: ${there}.`}`,
    );
  }
  const bytes = await kit.files.read(s, name, BACKUP_BYTES_MAX + 1);
  return isFault(bytes) ? bytes : { name, text: decodeUtf8(bytes) };
}

const value = (text: string | undefined): string =>
  text === undefined ? "(not set)" : text === "" ? '""' : oneLine(printable(text), COMPARE_VALUE_CHARS_MAX);

const LABELS = ["name", "comment", "address", "list", "interface", "chain", "dst-address"];

function labelOf(row: RosRow): string {
  const parts = LABELS.filter((l) => (row[l] ?? "") !== "")
    .slice(0, 3)
    .map((l) => `${l}=${value(row[l])}`);
  return [row[".id"] ?? "", ...parts]
    .filter((p) => p !== "")
    .map(word)
    .join(" ");
}

const STATES = new Set([
  "running",
  "active",
  "inactive",
  "invalid",
  "status",
  "immediate-gw",
  "slave",
  ".id",
  "total",
  "used",
  "available",
]);

function changesOf(before: RosRow, after: RosRow): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((n) => !STATES.has(n));
  return names
    .filter((n) => (before[n] ?? "") !== (after[n] ?? ""))
    .map((n) => `${word(n)}: ${value(before[n])} → ${value(after[n])}`);
}

/** Rows that the router makes by itself come and go. */
const isOwn = (row: RosRow): boolean => !isOn(row["dynamic"]);

function menuDiff(then: ReadonlyMap<string, RosRow>, now: ReadonlyMap<string, RosRow>): string[] {
  const lines: string[] = [];
  for (const [id, row] of then) {
    const next = now.get(id);
    if (next === undefined && isOwn(row)) lines.push(`- ${labelOf(row)}`);
    if (next === undefined || !isOwn(row) || !isOwn(next)) continue;
    const changes = changesOf(row, next);
    if (changes.length > 0) lines.push(`~ ${labelOf(next)}`, ...changes.map((c) => `    ${c}`));
  }
  for (const [id, row] of now) if (!then.has(id) && isOwn(row)) lines.push(`+ ${labelOf(row)}`);
  const order = (rows: ReadonlyMap<string, RosRow>, other: ReadonlyMap<string, RosRow>): string =>
    [...rows]
      .filter(([id, row]) => other.has(id) && isOwn(row))
      .map(([id]) => id)
      .join(" ");
  if (lines.length === 0 && order(then, now) !== order(now, then)) lines.push("~ the order of the rows");
  return lines;
}

/** Lines of what is different, menu by menu; menus that could not be read both times are left out. */
function diff(then: Menus, now: Menus): { lines: string[]; blind: string[] } {
  const lines: string[] = [];
  const blind: string[] = [];
  for (const menu of new Set([...then.keys(), ...now.keys()])) {
    const [a, b] = [then.get(menu), now.get(menu)];
    if (a === null || b === null) blind.push(menu);
    else {
      const found = menuDiff(a ?? new Map(), b ?? new Map());
      if (found.length > 0) lines.push(menu, ...found.map((l) => `  ${l}`));
    }
  }
  return { lines, blind };
}

/** `/compare` */
export const compare: Task<"file"> = {
  name: "compare",
  purpose: "what of the configuration is different from a snapshot of /backup",
  args: { file: "a snapshot's file in the workspace; the newest when left out" },
  needs: [],
  effect: "read",
  async run(s, kit, { file }) {
    const old = await older(s, kit, file);
    if (isFault(old)) return old;
    const then = readSnapshot(old.text);
    if (then === null)
      return fault("input", `${old.name} is no whole snapshot.`, { next: "Make a new one with /backup." });
    const made = await takeSnapshot(s, kit);
    if (isFault(made)) return made;
    const now = readSnapshot(made.text);
    if (now === null)
      return fault("limit", "This router's configuration is too large to compare.", {
        next: "Compare single menus with print.",
      });
    const { lines, blind } = diff(then, now);
    const differences = lines.filter((l) => /^ {2}[-+~]/.test(l)).length;
    const head =
      differences === 0
        ? `Nothing is different from ${old.name}.`
        : `${count(differences, "difference")} from ${old.name}:`;
    const more =
      lines.length > COMPARE_LINES_MAX ? [`… and ${count(lines.length - COMPARE_LINES_MAX, "line")} more`] : [];
    const unread = blind.length === 0 ? [] : [`Not readable, so not compared: ${blind.map(word).join(", ")}.`];
    return { text: [head, ...lines.slice(0, COMPARE_LINES_MAX), ...more, ...unread, MASKED].join("\n") };
  },
};
