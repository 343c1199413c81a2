// The console's command tree (RouterOS 7.24): menus, commands, arguments, value lists.
// The packed text stays bytes; a menu's line is read when asked for, so that a router pays for
// what is used. An argument missing here is refused by the router; one here is no promise.

import { assert } from "../base/bug.ts";
import { ARGS_CACHED_MAX, CHILDREN_CACHED_MAX, MENUS_CACHED_MAX } from "../base/limits.ts";
import { touch } from "../base/table.ts";

/** What is known of one argument or property. */
export interface Field {
  name: string;
  /** A short hint: "num", "bool", "time", "ip", "enum", "iface_enum", "string"… or "" when unknown. */
  type: string;
  enum?: readonly string[];
  /** As the manual writes it: "1 .. 65535", "1s..1d", "max length 31". */
  range?: string;
  required?: boolean;
  ro?: boolean;
}

export interface Menu {
  readonly path: string;
  readonly commands: readonly string[];
  /** Known only from the manual: the command list is incomplete. */
  readonly approx: boolean;
  /** Has records: one is named by id, name or [find …]. */
  readonly list: boolean;
  /** Rows keep an order that matters (`move`). */
  readonly ordered: boolean;
  /** Flag letters of `print`, such as X → disabled. */
  readonly flags: Readonly<Record<string, string>>;
  /** Names of all known properties, writable ones first. */
  readonly fields: readonly string[];
  /** Arguments of a command in the tree's order; null for an unknown command. */
  args(command: string): readonly Field[] | null;
  field(name: string): Field | null;
}

export interface CommandTree {
  /** The RouterOS version that the tree was read from. */
  readonly version: string;
  menu(path: string): Menu | null;
  /** Names one level below; of "/" the top menus. */
  children(path: string): readonly string[];
  /** A menu, or a folder of menus. */
  has(path: string): boolean;
  /** The releases of the history, oldest first: "7.9" to the tree's own. */
  readonly releases: readonly string[];
  /** When the arguments of a command (by its path) came and went, "*" the command itself; null: never changed. */
  history(path: string): ReadonlyMap<string, readonly Span[]> | null;
}

/** Places in `releases`, both included; null: still there. */
export type Span = readonly [first: number, last: number | null];

const NEWLINE = 10;
const TAB = 9;
const TABLES = { types: 1, enums: 2, ranges: 3, lists: 4 } as const;

/** Lines of the packed text by number, decoded one at a time. */
interface Lines {
  readonly count: number;
  text(line: number): string;
  /** The part of a line before its first tab. */
  head(line: number): string;
  /** One tab-separated entry of a table line. */
  entry(line: number, at: number): string;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  let out = "";
  for (let i = from; i < to; i += 4_096) out += String.fromCharCode(...bytes.subarray(i, Math.min(to, i + 4_096)));
  return out;
}

function makeLines(bytes: Uint8Array): Lines {
  const starts: number[] = [0];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) starts.push(at + 1);
  const from = (line: number): number => starts[line] ?? bytes.length;
  const end = (line: number): number => from(line + 1) - 1;
  const upTo = (mark: number, at: number, last: number): number => {
    const found = bytes.indexOf(mark, at);
    return found < 0 || found > last ? last : found;
  };
  return {
    count: starts.length - 1,
    text: (line) => ascii(bytes, from(line), end(line)),
    head: (line) => ascii(bytes, from(line), upTo(TAB, from(line), end(line))),
    entry(line, at) {
      const last = end(line);
      let start = from(line);
      for (let i = 0; i < at; i += 1) start = upTo(TAB, start, last) + 1;
      return ascii(bytes, start, upTo(TAB, start, last));
    },
  };
}

/** Reads one packed field: name, then `:type`, `=values`, `#range`, `!` required, `~` read only. */
function readField(lines: Lines, packed: string): Field {
  const parts = /^([^:=#!~]+)(?::(\w+))?(?:=(\w+))?(?:#(\w+))?(!?)(~?)$/.exec(packed);
  assert(parts !== null, "the packed command tree is damaged");
  const look = (table: number, at: string | undefined): string =>
    at === undefined ? "" : lines.entry(table, Number.parseInt(at, 36));
  const field: Field = { name: parts[1] ?? "", type: look(TABLES.types, parts[2]) };
  if (parts[3] !== undefined) field.enum = look(TABLES.enums, parts[3]).split("|");
  if (parts[4] !== undefined) field.range = look(TABLES.ranges, parts[4]);
  if (parts[5] === "!") field.required = true;
  if (parts[6] === "~") field.ro = true;
  return field;
}

const nameOf = (packed: string): string => packed.split(/[:=#!~]/, 1)[0] ?? "";
const words = (text: string, mark: string): string[] => (text === "" ? [] : text.split(mark));

/** A function that keeps its last answers. */
function remembering<T>(max: number, make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    touch(kept, key, max, made);
    return made;
  };
}

/** The packed arguments of a command: "S…" a shared list, "A…" all, "F…" the menu's fields with differences. */
function readArgs(lines: Lines, spec: string, fields: readonly string[]): readonly Field[] {
  const kind = spec.charAt(0);
  const rest = spec.slice(1);
  if (kind === "S") {
    return words(lines.entry(TABLES.lists, Number.parseInt(rest, 36)), " ").map((p) => readField(lines, p));
  }
  if (kind === "A") return words(rest, ",").map((p) => readField(lines, p));
  assert(kind === "F", "the packed command tree is damaged");
  const differences = words(rest, ",");
  const gone = new Set(differences.filter((d) => d.startsWith("-")).map((d) => d.slice(1)));
  const more = differences.filter((d) => d.startsWith("+")).map((d) => d.slice(1));
  return [...fields.filter((f) => !gone.has(nameOf(f))), ...more].map((p) => readField(lines, p));
}

function readFlags(text: string): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const f of words(text, "|")) flags[f.slice(0, f.indexOf("="))] = f.slice(f.indexOf("=") + 1);
  return flags;
}

function readMenu(lines: Lines, line: number): Menu {
  const [path = "", marks = "", flags = "", packed = "", commandText = ""] = lines.text(line).split("\t");
  const all = words(packed, " ");
  const writable = all.filter((f) => !f.startsWith("-"));
  const byName = new Map(all.map((f) => (f.startsWith("-") ? f.slice(1) : f)).map((f) => [nameOf(f), f]));
  const specs = new Map(
    words(commandText, ";").map((c): [string, string] => [c.slice(0, c.indexOf(" ")), c.slice(c.indexOf(" ") + 1)]),
  );
  return {
    path,
    commands: [...specs.keys()],
    approx: marks.includes("a"),
    list: marks.includes("l"),
    ordered: specs.has("move"),
    flags: readFlags(flags),
    fields: [...byName.keys()],
    args: remembering(ARGS_CACHED_MAX, (command) => {
      const spec = specs.get(command);
      return spec === undefined ? null : readArgs(lines, spec, writable);
    }),
    field(name) {
      const found = byName.get(name);
      return found === undefined ? null : readField(lines, found);
    },
  };
}

/** `name=first-last,first-` of all names on a history line. */
function readHistory(text: string): ReadonlyMap<string, readonly Span[]> {
  const span = (packed: string): Span => {
    const [first = "", last = ""] = packed.split("-");
    return [Number.parseInt(first, 36), last === "" ? null : Number.parseInt(last, 36)];
  };
  return new Map(
    words(text, " ").map((entry) => {
      const at = entry.indexOf("=");
      return [
        entry.slice(0, at),
        entry
          .slice(at + 1)
          .split(",")
          .map(span),
      ];
    }),
  );
}

/** Names one level below a path: of each subtree only the first line is read. */
function childrenOf(lines: Lines, lower: (path: string) => number, path: string): readonly string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  const found = new Set<string>();
  for (let at = lower(prefix); at < lines.count; ) {
    const below = lines.head(at);
    if (!below.startsWith(prefix)) break;
    const end = below.indexOf("/", prefix.length);
    const name = below.slice(prefix.length, end < 0 ? undefined : end);
    if (name !== "") found.add(name);
    at = end < 0 ? at + 1 : lower(`${prefix}${name}/~`);
  }
  return [...found];
}

/** Opens the packed tree. A damaged one is a build fault, so a Bug. */
export function loadCommands(bytes: Uint8Array): CommandTree {
  const lines = makeLines(bytes);
  const head = /^mikroclaw-commands 1 (\S+)$/.exec(lines.text(0));
  assert(head !== null, "the packed command tree is damaged");
  const first = TABLES.lists + 1;

  /** The first menu line whose path is not before `path`. */
  const lower = (path: string): number => {
    let low = first;
    let high = lines.count;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (lines.head(mid) < path) low = mid + 1;
      else high = mid;
    }
    return low;
  };
  const children = remembering(CHILDREN_CACHED_MAX, (path: string) => childrenOf(lines, lower, path));
  const menu = remembering(MENUS_CACHED_MAX, (path: string): Menu | null => {
    const at = lower(path);
    return path.startsWith("/") && at < lines.count && lines.head(at) === path ? readMenu(lines, at) : null;
  });
  /** What stands behind the path of a line; null: there is no such line. */
  const rest = (path: string): string | null => {
    const at = lower(path);
    return at < lines.count && lines.head(at) === path ? lines.text(at).slice(path.length + 1) : null;
  };
  return {
    version: head[1] ?? "",
    releases: words(rest("@releases") ?? "", " "),
    history(path) {
      const text = rest(`@${path}`);
      return text === null ? null : readHistory(text);
    },
    menu,
    children,
    has: (path) => path === "/" || menu(path) !== null || children(path).length > 0,
  };
}
