// Packs the RouterOS command tree and value lists of build/data into dist/commands.bin
// and writes the secret-field table of src/ros. Deterministic: same data, same bytes.
// `--check` writes nothing and fails when the committed table is not current.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type History, packHistory } from "./pack-history.ts";

interface Arg {
  name: string;
  type?: string;
}
interface Info {
  type?: string;
  enum?: string[];
  range?: string;
  required?: boolean;
  ro?: boolean;
}
interface Command {
  name: string;
  args: Arg[] | string;
}
interface Tree {
  version: string;
  argSets: Record<string, Arg[]>;
  menus: Array<{ path: string; approx?: boolean; commands: Command[] }>;
}
interface Enums {
  menus: Record<string, { args?: Record<string, Info>; flags?: Record<string, string> }>;
}
interface Sensitive {
  menus: Record<string, string[]>;
  names: string[];
  extra: Record<string, string[]>;
}

const root = fileURLToPath(new URL("../", import.meta.url));

function data<T>(name: string): T {
  return JSON.parse(readFileSync(`${root}build/data/${name}`, "utf8")) as T;
}

/** A list whose entries are known by their place, in base 36. */
function pool(): { at(text: string): string; all: string[] } {
  const all: string[] = [];
  const places = new Map<string, number>();
  return {
    all,
    at(text) {
      const place = places.get(text) ?? all.length;
      if (place === all.length) {
        places.set(text, place);
        all.push(text);
      }
      return place.toString(36);
    },
  };
}

/** The tree's free-form type hint as a type word, a value list and a range. */
function readType(hint: string | undefined): Info {
  if (hint === undefined) return {};
  if (hint.includes("|")) {
    const values = hint.replace(/\[,.*$/, "").split("|");
    return { type: hint.includes("[,") ? "multi" : "enum", enum: values };
  }
  const timed = /^(\S*\.\.\S*) time$/.exec(hint);
  if (timed !== null) return { type: "time", range: timed[1] ?? "" };
  const sized = /^(string|hex), (.*)$/.exec(hint);
  if (sized !== null) return { type: sized[1] ?? "string", range: sized[2] ?? "" };
  if (/^-?\d+\.\.-?\d*$/.test(hint)) return { type: "num", range: hint };
  return { type: hint };
}

const types = pool();
const enums = pool();
const ranges = pool();
const lists = pool();

function checked(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`not plain ASCII: ${text}`);
  return text;
}

/** One field: name, then :type =values #range ! (required) ~ (read only). */
function entry(name: string, info: Info): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name)) throw new Error(`strange name ${name}`);
  let out = name;
  if (info.type !== undefined) out += `:${types.at(checked(info.type))}`;
  if (info.enum !== undefined) out += `=${enums.at(checked(info.enum.join("|")))}`;
  if (info.range !== undefined) out += `#${ranges.at(checked(info.range))}`;
  if (info.required === true) out += "!";
  if (info.ro === true) out += "~";
  return out;
}

// Arguments that steer a command and are no fields of a record.
const STEERING = new Set(["numbers", "copy-from", "place-before"]);
const WRITERS = ["add", "set", "reset"];

function argsOf(tree: Tree, c: Command): Arg[] {
  return typeof c.args === "string" ? (tree.argSets[c.args] ?? []) : c.args;
}

/** A command's arguments: F with differences, or a shared list, or the names. */
function packArgs(args: Arg[], fields: readonly string[], about: Record<string, Info>, shared: Set<string>): string {
  const plain = args.map((a) => entry(a.name, { ...readType(a.type), ...about[a.name] }));
  const text = plain.join(" ");
  const names = new Set(args.map((a) => a.name));
  const gone = fields.filter((f) => !names.has(f));
  const more = plain.filter((_, i) => !fields.includes(args[i]?.name ?? ""));
  const diff = `F${[...more.map((m) => `+${m}`), ...gone.map((g) => `-${g}`)].join(",")}`;
  if (fields.length > 0 && diff.length < text.length && gone.length < 6) return diff;
  if (shared.has(text)) return `S${lists.at(text)}`;
  return `A${plain.join(",")}`;
}

/** Menus whose set, remove or add concern one record of several. */
function hasRecords(tree: Tree, commands: Command[]): boolean {
  return commands.some((c) => {
    if (c.name === "add" || c.name === "find") return true;
    return ["set", "remove", "enable"].includes(c.name) && argsOf(tree, c).some((a) => a.name === "numbers");
  });
}

/** The properties that add, set and reset take, with what is known of them. */
function writableFields(tree: Tree, menu: Tree["menus"][number], known: Record<string, Info>): Map<string, Info> {
  const writable = new Map<string, Info>();
  if (menu.path === "/") return writable;
  const args = menu.commands.filter((c) => WRITERS.includes(c.name)).flatMap((c) => argsOf(tree, c));
  for (const a of args) {
    if (STEERING.has(a.name) || writable.has(a.name)) continue;
    writable.set(a.name, { ...readType(a.type), ...known[a.name] });
  }
  return writable;
}

function packMenu(tree: Tree, values: Enums, menu: Tree["menus"][number], shared: Set<string>): string {
  const known = values.menus[menu.path] ?? {};
  const writable = writableFields(tree, menu, known.args ?? {});
  const fields = [...writable.keys()];
  const packed = [...writable].map(([name, info]) => entry(name, info));
  for (const [name, info] of Object.entries(known.args ?? {})) {
    if (!writable.has(name)) packed.push(`-${entry(name, info)}`);
  }
  const commands = menu.commands.map((c) => {
    const about = values.menus[`${menu.path === "/" ? "" : menu.path}/${c.name}`]?.args ?? {};
    return `${c.name} ${packArgs(argsOf(tree, c), fields, about, shared)}`;
  });
  const marks = `${menu.approx === true ? "a" : ""}${hasRecords(tree, menu.commands) ? "l" : ""}`;
  const flags = Object.entries(known.flags ?? {}).map(([letter, what]) => checked(`${letter}=${what}`));
  return [menu.path, marks, flags.join("|"), packed.join(" "), commands.join(";")].join("\t");
}

/** Argument lists that several commands have in common. */
function findShared(tree: Tree): Set<string> {
  const seen = new Map<string, number>();
  for (const menu of tree.menus) {
    for (const c of menu.commands) {
      const text = argsOf(tree, c)
        .map((a) => entry(a.name, readType(a.type)))
        .join(" ");
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
  }
  return new Set([...seen].filter(([text, n]) => n > 1 && text.length > 12).map(([text]) => text));
}

/** The packed tree as text: one line of each table, one line a menu, sorted by path, then the history. */
export function packCommands(): Uint8Array {
  const tree = data<Tree>("routeros-commands.json");
  const values = data<Enums>("routeros-enums.json");
  const shared = findShared(tree);
  const menus = tree.menus.map((m) => ({ path: m.path, line: packMenu(tree, values, m, shared) }));
  menus.sort((a, b) => (a.path < b.path ? -1 : 1));
  const tables = [types, enums, ranges, lists].map((p) => p.all.join("\t"));
  const history = packHistory(data<History>("routeros-param-history.json"));
  const lines = [`mikroclaw-commands 1 ${tree.version}`, ...tables, ...menus.map((m) => m.line), ...history, ""];
  return Buffer.from(lines.join("\n"));
}

/** The TypeScript table of secret fields. */
export function secretFieldsSource(): string {
  const from = data<Sensitive>("routeros-sensitive.json");
  const rows = (table: Record<string, string[]>): string[] =>
    Object.keys(table)
      .sort()
      .map((menu) => `  [${JSON.stringify(menu)}, ${JSON.stringify((table[menu] ?? []).join(" "))}],`);
  const names = [...from.names].sort().map((n) => `  ${JSON.stringify(n)},`);
  return [
    "// Generated by scripts/gen-commands.ts from build/data/routeros-sensitive.json; do not edit.",
    "// Which fields of RouterOS are secret: MikroTik manual, list of menus with sensitive",
    "// parameters, and this project's own additions.",
    "",
    "/** Menu (with all below it) and its secret fields, separated by spaces. */",
    "export const SECRET_BY_MENU: ReadonlyArray<readonly [menu: string, fields: string]> = [",
    ...rows(from.menus),
    "];",
    "",
    "/** Field names that are secret in every menu. */",
    "export const SECRET_NAMES: readonly string[] = [",
    ...names,
    "];",
    "",
    "/** Not on the official list; secret or private in practice. */",
    "export const SECRET_EXTRA: ReadonlyArray<readonly [menu: string, fields: string]> = [",
    ...rows(from.extra),
    "];",
    "",
  ].join("\n");
}

function main(): void {
  const table = `${root}src/ros/secret-fields.ts`;
  if (process.argv.includes("--check")) {
    if (readFileSync(table, "utf8") === secretFieldsSource()) return;
    process.stderr.write("src/ros/secret-fields.ts is not current: run node --import tsx scripts/gen-commands.ts\n");
    process.exitCode = 1;
    return;
  }
  mkdirSync(`${root}dist`, { recursive: true });
  writeFileSync(`${root}dist/commands.bin`, packCommands());
  writeFileSync(table, secretFieldsSource());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
