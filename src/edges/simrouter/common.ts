// POST commands that every menu has: print, get, find, add, set, remove, enable, disable,
// move, unset, comment, reset-counters. Commands of one menu only are in tools.ts.

import { type Fault, isFault, type Outcome } from "../../base/fault.ts";
import type { Menu } from "../../ros/commands.ts";
import type { Given } from "./check.ts";
import { badId, noItem, noMatch, noPermission, refuse } from "./errors.ts";
import { expire } from "./links.ts";
import { runQuery } from "./query.ts";
import { choose, record, type Shown, singleRecord } from "./record.ts";
import type { Row } from "./rows.ts";
import type { Value } from "./script/code.ts";
import { type Actor, add, enable, move, remove, rowsNamed, set, setSingle, unset } from "./verbs.ts";
import { countingS, type World } from "./world.ts";

/** What a command answers, and how long the router takes for it. */
export interface Done {
  value: unknown;
  tookMs: number;
  /** The command is a script, which takes its own time. */
  runs?: Runs;
}

/** A script that is to run: as part of another one, or as a job that somebody waits for. */
export interface Runs {
  inside(): Generator<number, Outcome<Value>, void>;
  start(): Pending;
}

/** Something under way in the simulator's clock. */
export interface Pending {
  /** Null: it is over. */
  leftMs(): number | null;
  answer(): Outcome<unknown>;
  stop(): void;
}

/** A parsed request body: texts, and the word lists of `.query` and `.proplist`. */
export interface Body {
  given: Given;
  query: readonly string[] | null;
  proplist: readonly string[] | null;
}

export const NOTHING: Body = { given: new Map(), query: null, proplist: null };

/** An answer, and how long the router takes for it. */
export function done(value: unknown, tookMs = 0): Done {
  return { value, tookMs };
}

/** All rows of a menu as the user sees them, chosen by `fits`. */
export function list(
  world: World,
  actor: Actor,
  menu: string,
  fits: (shown: Shown) => Outcome<boolean>,
  proplist: readonly string[] | null,
): Outcome<Shown[]> {
  expire(world);
  const rows: Shown[] = [];
  for (const row of world.rows(menu)) {
    const shown = record(world, menu, row, actor.can("sensitive"));
    const fit = fits(shown);
    if (isFault(fit)) return fit;
    if (fit) rows.push(choose(shown, proplist, true));
  }
  return rows;
}

// Words of print that change how a console shows rows and nothing here.
const PRINT_WORDS = new Set([".id", "numbers", "count-only", "from"]);

function print(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const args = new Set((menu.args("print") ?? []).map((f) => f.name));
  for (const key of body.given.keys()) {
    if (!args.has(key) && !PRINT_WORDS.has(key)) return refuse(400, `unknown parameter ${key}`);
  }
  if (!menu.list) return done(choose(singleRecord(world, menu.path, actor.can("sensitive")), body.proplist, false));
  const wanted = body.given.get(".id") ?? body.given.get("numbers") ?? body.given.get("from");
  const only = wanted === undefined ? null : rowsNamed(world, menu.path, wanted);
  if (isFault(only)) return only;
  const ids = only === null ? null : new Set(only.map((r) => r.id));
  const fits = (shown: Shown): Outcome<boolean> =>
    ids !== null && !ids.has(shown[".id"] ?? "") ? false : runQuery(shown, body.query ?? []);
  const rows = list(world, actor, menu.path, fits, body.proplist);
  if (isFault(rows)) return rows;
  return done(body.given.has("count-only") ? { ret: String(rows.length) } : rows);
}

function get(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const sensitive = actor.can("sensitive");
  const property = body.given.get("value-name");
  let shown: Shown;
  if (menu.list) {
    const rows = targets(world, menu, body);
    if (isFault(rows)) return rows;
    const row = rows[0];
    if (row === undefined) return noItem();
    shown = record(world, menu.path, row, sensitive);
  } else {
    shown = singleRecord(world, menu.path, sensitive);
  }
  if (property !== undefined && shown[property] === undefined && !menu.fields.includes(property))
    return noMatch("value-name");
  const whole = Object.entries(shown)
    .map(([k, v]) => `${k}=${v}`)
    .join(";");
  return done({ ret: property === undefined ? whole : (shown[property] ?? "") });
}

/** The rows that `.id` or `numbers` name. */
export function targets(world: World, menu: Menu, body: Body): Outcome<readonly Row[]> {
  const named = body.given.get(".id") ?? body.given.get("numbers");
  return named === undefined ? noItem() : rowsNamed(world, menu.path, named);
}

function without(given: Given, ...names: string[]): Given {
  return new Map([...given].filter(([key]) => !names.includes(key)));
}

function resetCounters(world: World, menu: Menu, rows: readonly Row[]): Outcome<Done> {
  for (const row of rows) row.fields.set("~zero", String(countingS(world, row)));
  world.note("system,info", `counters reset (${menu.path})`);
  return done([]);
}

type Verb = (world: World, actor: Actor, menu: Menu, rows: readonly Row[], body: Body) => Fault | null | Outcome<Done>;

const ON_ROWS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["set", (w, a, m, rows, b) => set(w, a, m, rows, without(b.given, ".id", "numbers"))],
  ["remove", (w, a, m, rows) => remove(w, a, m, rows)],
  ["enable", (w, a, m, rows) => enable(w, a, m, rows, true)],
  ["disable", (w, a, m, rows) => enable(w, a, m, rows, false)],
  ["move", (w, a, m, rows, b) => move(w, a, m, rows, b.given.get("destination"))],
  ["comment", (w, a, m, rows, b) => set(w, a, m, rows, new Map([["comment", b.given.get("comment") ?? ""]]))],
  [
    "unset",
    (w, a, m, rows, b) => {
      const property = b.given.get("value-name");
      return property === undefined ? refuse(400, "missing =value-name=") : unset(w, a, m, rows, property);
    },
  ],
  ["reset-counters", (w, _a, m, rows) => resetCounters(w, m, rows)],
]);

const READS = new Set(["print", "get", "find"]);

/** Which policy a command needs beside `api` and `rest-api`. */
export function policyFor(menu: string, command: string): string {
  if (READS.has(command)) return "read";
  const managesUsers = menu === "/user" || menu.startsWith("/user/");
  return managesUsers ? "policy" : "write";
}

type Plain = (world: World, actor: Actor, menu: Menu, body: Body) => Outcome<Done>;

const PLAIN: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ["print", print],
  ["get", get],
  [
    "find",
    (world, _actor, menu) =>
      done({
        ret: world
          .rows(menu.path)
          .map((r) => r.id)
          .join(";"),
      }),
  ],
  ["reset-counters-all", (world, _actor, menu) => resetCounters(world, menu, world.rows(menu.path))],
  [
    "add",
    (world, actor, menu, body) => {
      const row = add(world, actor, menu, body.given);
      return isFault(row) ? row : done({ ret: row.id });
    },
  ],
]);

function onRows(world: World, actor: Actor, menu: Menu, verb: Verb, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  return isFault(rows) ? rows : (verb(world, actor, menu, rows, body) ?? done([]));
}

/** A shared command, or null when the menu's own commands are meant. */
export function runCommon(world: World, actor: Actor, menu: Menu, command: string, body: Body): Outcome<Done> | null {
  const plain = PLAIN.get(command);
  const verb = ON_ROWS.get(command);
  if (plain === undefined && verb === undefined) return null;
  if (!actor.can(policyFor(menu.path, command))) return noPermission();
  if (plain !== undefined) return plain(world, actor, menu, body);
  if (verb === undefined) return null;
  if (menu.list) return onRows(world, actor, menu, verb, body);
  if (command !== "set") return badId();
  return setSingle(world, actor, menu, body.given) ?? done([]);
}
