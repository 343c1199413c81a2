// The console's command tree (RouterOS 7.24): menus, commands, arguments, value lists. It comes
// in parts, of which few are held at once, and a menu's line is read when asked for, so that a
// router pays for what is used. An argument missing here is refused by the router; one here is no promise.

import { assert } from "../base/bug.ts";
import { ARGS_CACHED_MAX, CHILDREN_CACHED_MAX, MENUS_CACHED_MAX } from "../base/limits.ts";
import { keeping, remembering } from "../base/table.ts";
import { type LoadPart, lower, openParts, type Part } from "./command-parts.ts";

/** What is known of one argument or property. */
export interface Field {
  name: string;
  /** A short hint: "num", "bool", "time", "ip", "enum", "iface_enum", "string"… or "" when unknown; the agent knows none. */
  type: string;
  enum?: readonly string[];
  /** As the manual writes it: "1 .. 65535", "1s..1d", "max length 31". */
  range?: string;
  required?: boolean;
  ro?: boolean;
  /** Stands without a value: `once`. */
  bare?: boolean;
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

const words = (text: string, mark: string): string[] => (text === "" ? [] : text.split(mark));

const MARK = /[:=#^!~]/;

/** Reads one packed field: name, then `:type`, `=values`, `#range`, `^` without a value, `!` required, `~` read only. */
function readField(part: () => Part, packed: string): Field {
  if (!MARK.test(packed)) return { name: packed, type: "" };
  const parts = /^([^:=#^!~]+)(?::(\w+))?(?:=(\w+))?(?:#(\w+))?(\^?)(!?)(~?)$/.exec(packed);
  assert(parts !== null, "the packed command tree is damaged");
  const [, name = "", type, values, range, isBare, isRequired, isReadOnly] = parts;
  const field: Field = { name, type: type === undefined ? "" : (part().types[Number.parseInt(type, 36)] ?? "") };
  if (values !== undefined) field.enum = (part().enums[Number.parseInt(values, 36)] ?? "").split("|");
  if (range !== undefined) field.range = part().ranges[Number.parseInt(range, 36)] ?? "";
  if (isBare !== "") field.bare = true;
  if (isRequired !== "") field.required = true;
  if (isReadOnly !== "") field.ro = true;
  return field;
}

const nameOf = (packed: string): string => {
  const end = packed.search(MARK);
  return end < 0 ? packed : packed.slice(0, end);
};

/** The packed arguments of a command: "A…" all, "F…" the menu's fields with differences. */
function readArgs(part: () => Part, spec: string, fields: readonly string[]): readonly Field[] {
  const given = words(spec.slice(1), ",");
  if (spec.startsWith("A")) return given.map((p) => readField(part, p));
  assert(spec.startsWith("F"), "the packed command tree is damaged");
  const args: Field[] = [];
  for (const f of fields) if (!f.startsWith("-") && !given.includes(`-${nameOf(f)}`)) args.push(readField(part, f));
  for (const d of given) if (d.startsWith("+")) args.push(readField(part, d.slice(1)));
  return args;
}

function readFlags(text: string): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const f of words(text, "|")) flags[f.slice(0, f.indexOf("="))] = f.slice(f.indexOf("=") + 1);
  return flags;
}

/** The packed command of a menu, its name and its arguments. */
const specOf = (part: Part, verb: string): string =>
  verb.includes(" ") ? verb : (part.common[Number.parseInt(verb, 36)] ?? "");

/** One packed field by its name, writable or not; null: there is none. */
function fieldText(packed: string, name: string): string | null {
  for (let at = packed.indexOf(name); at >= 0; at = packed.indexOf(name, at + 1)) {
    const before = packed.charAt(at - 1);
    const isStart = at === 0 || before === " " || (before === "-" && (at === 1 || packed.charAt(at - 2) === " "));
    const after = packed.charAt(at + name.length);
    if (!isStart || !(after === "" || after === " " || MARK.test(after))) continue;
    const end = packed.indexOf(" ", at);
    return packed.slice(at, end < 0 ? undefined : end);
  }
  return null;
}

type Kept = (key: string, make: () => readonly Field[] | null) => readonly Field[] | null;

/**
 * A menu from its line, which stays packed: what is unpacked of it is kept in `kept`, a little for all menus.
 * `part` gives its part again, which is not held.
 */
function readMenu(line: string, part: () => Part, kept: Kept): Menu {
  const [path = "", marks = "", flags = "", packed = "", verbs = ""] = line.split("\t");
  const own = part();
  const specs = words(verbs, ";").map((verb) => specOf(own, verb));
  const commands = specs.map((spec) => spec.slice(0, spec.indexOf(" ")));
  const argsOf = (command: string): readonly Field[] | null => {
    const spec = specs[commands.indexOf(command)];
    return spec === undefined ? null : readArgs(part, spec.slice(command.length + 1), words(packed, " "));
  };
  return {
    path,
    commands,
    approx: marks.includes("a"),
    list: marks.includes("l"),
    ordered: commands.includes("move"),
    get flags() {
      return readFlags(flags);
    },
    get fields() {
      return words(packed, " ").map((f) => nameOf(f.startsWith("-") ? f.slice(1) : f));
    },
    args: (command) => kept(`${path} ${command}`, () => argsOf(command)),
    field(name) {
      const found = fieldText(packed, name);
      return found === null ? null : readField(part, found);
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

/** Names one level below a path that lies in one part: of each subtree only the first line is read. */
function childrenOf(part: Part, path: string): readonly string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  const found = new Set<string>();
  for (let at = lower(part, prefix); ; ) {
    const below = part.lines[at]?.split("\t", 1)[0] ?? "";
    if (!below.startsWith(prefix)) return [...found];
    const end = below.indexOf("/", prefix.length);
    const name = below.slice(prefix.length, end < 0 ? undefined : end);
    if (name !== "") found.add(name);
    at = end < 0 ? at + 1 : lower(part, `${prefix}${name}/~`);
  }
}

/**
 * The tree whose parts `load` gives by name: `commands` and numbers behind it. Nothing is loaded before it is
 * asked for; a part that is missing or damaged is a build fault, so a Bug.
 */
export function loadCommands(load: LoadPart, name = "commands"): CommandTree {
  const parts = openParts(load, name);
  const children = remembering(CHILDREN_CACHED_MAX, (path: string) => {
    const known = parts.head().scattered.get(path);
    return known === undefined ? childrenOf(parts.partOf(`${path}/`), path) : known.split(" ");
  });
  const args = keeping<readonly Field[] | null>(ARGS_CACHED_MAX);
  const menu = remembering(MENUS_CACHED_MAX, (path: string): Menu | null => {
    const line = path.startsWith("/") ? parts.lineOf(path) : null;
    return line === null ? null : readMenu(line, () => parts.partOf(path), args);
  });
  return {
    get version() {
      return parts.head().version;
    },
    get releases() {
      return parts.head().releases;
    },
    history(path) {
      const line = parts.lineOf(`@${path}`);
      return line === null ? null : readHistory(line.slice(line.indexOf("\t") + 1));
    },
    menu,
    children,
    has: (path) => path === "/" || menu(path) !== null || children(path).length > 0,
  };
}
