// Packs RouterOS's command tree and history into parts that are each small enough to be unpacked
// by themselves: a head, and parts with tables of their own. The agent's have names only; the
// simulated router's have types, values and ranges as well. src/ros/commands.ts reads both.

import {
  type Arg,
  type Command,
  type Enums,
  historyOf,
  type Info,
  type MenuData,
  menusOf,
  type Tree,
} from "./command-data.ts";
import { type History, packHistory } from "./pack-history.ts";

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

interface Tables {
  types: ReturnType<typeof pool>;
  enums: ReturnType<typeof pool>;
  ranges: ReturnType<typeof pool>;
  /** What values an argument takes is packed as well. */
  full: boolean;
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

function checked(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`not plain ASCII: ${text}`);
  return text;
}

// Of those whose type nobody tells, these stand without a value.
const SWITCHES = new Set(
  (
    "once as-value detail brief terse verbose compact count-only without-paging value-list stats stats-detail show-ids " +
    "follow follow-only show-sensitive hide-sensitive comments append bytes packets rate active inactive recursive relative " +
    "show-hidden dynamic static all config advanced basic status activity with-extra-info oid json as-string timestamp do-not-fragment"
  ).split(" "),
);

/** One field: name, then :type =values #range ^ (stands without a value) ! (required) ~ (read only). */
function entry(t: Tables, name: string, info: Info): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name)) throw new Error(`strange name ${name}`);
  let out = name;
  if (t.full && info.type !== undefined) out += `:${t.types.at(checked(info.type))}`;
  if (t.full && info.enum !== undefined) out += `=${t.enums.at(checked(info.enum.join("|")))}`;
  if (t.full && info.range !== undefined) out += `#${t.ranges.at(checked(info.range))}`;
  if (info.type === "switch" || (info.type === undefined && SWITCHES.has(name))) out += "^";
  if (info.required === true) out += "!";
  if (info.ro === true) out += "~";
  return out;
}

// Arguments that steer a command and are no fields of a record.
const STEERING = new Set(["numbers", "copy-from", "place-before"]);
const WRITERS = ["add", "set", "reset"];

/** A command's arguments: F the menu's fields with differences, or A all of them. */
function packArgs(t: Tables, args: Arg[], fields: readonly string[], about: Record<string, Info>): string {
  const plain = args.map((a) => entry(t, a.name, { ...readType(a.type), ...about[a.name] }));
  const names = new Set(args.map((a) => a.name));
  const gone = fields.filter((f) => !names.has(f));
  const more = plain.filter((_, i) => !fields.includes(args[i]?.name ?? ""));
  const diff = `F${[...more.map((m) => `+${m}`), ...gone.map((g) => `-${g}`)].join(",")}`;
  if (fields.length > 0 && diff.length < plain.join(",").length && gone.length < 6) return diff;
  return `A${plain.join(",")}`;
}

/** Menus whose set, remove or add concern one record of several. */
function hasRecords(commands: Command[]): boolean {
  return commands.some((c) => {
    if (c.name === "add" || c.name === "find") return true;
    return ["set", "remove", "enable"].includes(c.name) && c.args.some((a) => a.name === "numbers");
  });
}

/** The properties that add, set and reset take, with what is known of them. */
function writableFields(menu: MenuData, known: Record<string, Info>): Map<string, Info> {
  const writable = new Map<string, Info>();
  if (menu.path === "/") return writable;
  const args = menu.commands.filter((c) => WRITERS.includes(c.name)).flatMap((c) => c.args);
  for (const a of args) {
    if (STEERING.has(a.name) || writable.has(a.name)) continue;
    writable.set(a.name, { ...readType(a.type), ...known[a.name] });
  }
  return writable;
}

/** A menu's line without its commands, and these. */
function packMenu(t: Tables, values: Enums, menu: MenuData): { line: string; commands: string[] } {
  const known = values.menus[menu.path] ?? {};
  const writable = writableFields(menu, known.args ?? {});
  const packed = [...writable].map(([name, info]) => entry(t, name, info));
  for (const [name, info] of Object.entries(known.args ?? {})) {
    if (!writable.has(name)) packed.push(`-${entry(t, name, info)}`);
  }
  const commands = menu.commands.map((c) => {
    const about = values.menus[`${menu.path === "/" ? "" : menu.path}/${c.name}`]?.args ?? {};
    return `${c.name} ${packArgs(t, c.args, [...writable.keys()], about)}`;
  });
  const marks = `${menu.approx ? "a" : ""}${hasRecords(menu.commands) ? "l" : ""}`;
  const flags = Object.entries(known.flags ?? {}).map(([letter, what]) => checked(`${letter}=${what}`));
  return { line: [menu.path, marks, flags.join("|"), packed.join(" ")].join("\t"), commands };
}

const size = (lines: readonly string[]): number => lines.reduce((n, line) => n + line.length + 1, 0);

/** The lines of a part: its tables (types, values, ranges, commands that several menus have), then its menus. */
function packPart(values: Enums, menus: readonly MenuData[], full: boolean): string[] {
  const t: Tables = { types: pool(), enums: pool(), ranges: pool(), full };
  const packed = menus.map((menu) => packMenu(t, values, menu));
  const seen = new Map<string, number>();
  for (const c of packed.flatMap(({ commands }) => commands)) seen.set(c, (seen.get(c) ?? 0) + 1);
  const common = pool();
  const lines = packed.map(
    ({ line, commands }) => `${line}\t${commands.map((c) => ((seen.get(c) ?? 0) > 1 ? common.at(c) : c)).join(";")}`,
  );
  return [...[t.types, t.enums, t.ranges, common].map((p) => p.all.join("\t")), ...lines];
}

/** What is unpacked at once: a part of the agent's is about so long. */
const PART_BYTES = 24_000;

/** The menus of each part: as many as fit. */
function split(values: Enums, menus: readonly MenuData[]): MenuData[][] {
  const parts: MenuData[][] = [];
  for (let from = 0; from < menus.length; ) {
    let [fits, most] = [1, menus.length - from];
    while (fits < most) {
      const half = Math.ceil((fits + most) / 2);
      if (size(packPart(values, menus.slice(from, from + half), false)) <= PART_BYTES) fits = half;
      else most = half - 1;
    }
    parts.push(menus.slice(from, from + fits));
    from += fits;
  }
  return parts;
}

/** Menus of which something below lies outside the part where a search for it begins, with the names below. */
function scattered(paths: readonly string[], firsts: readonly string[]): string[] {
  const partOf = (path: string): number => firsts.findLastIndex((first) => first <= path);
  const ups = new Set(paths.flatMap((path) => [...path.matchAll(/\//g)].map((m) => path.slice(0, m.index))));
  return [...ups].sort().flatMap((up) => {
    const below = paths.filter((path) => path.startsWith(`${up}/`) && path !== "/");
    if (below.every((path) => partOf(path) === partOf(`${up}/`))) return [];
    const names = new Set(below.map((path) => path.slice(up.length + 1).split("/")[0] ?? ""));
    return [`${up === "" ? "/" : up}\t${[...names].join(" ")}`];
  });
}

/** The parts by name: the head is called `name`, the others have a number behind it. */
export function packTree(
  name: string,
  full: boolean,
  { tree, values, history }: { tree: Tree; values: Enums; history: History },
): Record<string, Uint8Array> {
  const menus = menusOf(tree);
  const parts = split(values, menus);
  const lines = packHistory(historyOf(history));
  const firsts = [...parts.map((part) => part[0]?.path ?? ""), lines[0]?.split("\t")[0] ?? ""];
  const head = [
    `mikroclaw-commands 2 ${tree.version}`,
    history.versions.join(" "),
    firsts.join("\t"),
    ...scattered(
      menus.map((m) => m.path),
      firsts,
    ),
  ];
  const all = [head, ...parts.map((part) => packPart(values, part, full)), ["", "", "", "", ...lines]];
  return Object.fromEntries(
    all.map((part, i) => [`${name}${i === 0 ? "" : i}`, Buffer.from(`${part.join("\n")}\n`)] as const),
  );
}
