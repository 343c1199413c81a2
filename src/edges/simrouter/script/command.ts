// Runs one menu's command of a script by the same code that serves REST, with what only
// the console has on top: find and where, lists of ids, as-value, output as text.

import { isFault, type Outcome } from "../../../base/fault.ts";
import { actionFor } from "../../../ros/actions.ts";
import { type Body, list, NOTHING } from "../common.ts";
import { noItem } from "../errors.ts";
import type { Shown } from "../record.ts";
import type { Args, Expr, Value } from "./code.ts";
import { evaluate, fitsRow, texts } from "./evaluate.ts";
import { type Flow, type Frame, failure, type Run } from "./run-types.ts";
import { argumentText, fieldValue, listOf, literal, NOTHING_AT_ALL, num, str } from "./values.ts";

const noneOf = (v: Value): boolean =>
  v.is === "nothing" || v.is === "nil" || (v.is === "array" && v.items.length === 0);

/** Commands whose last unnamed argument is not a row. */
const SECOND: Readonly<Record<string, string>> = { get: "value-name", unset: "value-name", move: "destination" };
const ON_ROWS = new Set(["set", "remove", "enable", "disable", "move", "unset", "comment", "reset-counters", "get"]);

/** The name of an unnamed argument. */
function itemName(run: Run, menu: string, verb: string, at: number, isList: boolean): string {
  const known = run.world.tree.menu(menu);
  if (ON_ROWS.has(verb)) return (isList && at === 0 ? "numbers" : SECOND[verb]) ?? "numbers";
  return (known === null ? undefined : actionFor(known, verb)?.unnamed) ?? "numbers";
}

interface Given {
  values: Map<string, string>;
  /** Rows were asked for, and there are none: nothing is done. */
  isEmpty: boolean;
}

function* give(run: Run, frame: Frame, given: Given, name: string, e: Expr): Flow<void> {
  const value = yield* evaluate(run, e, frame);
  if (isFault(value)) return value;
  const isRows = name === "numbers" || name === ".id";
  if (isRows && noneOf(value)) given.isEmpty = true;
  given.values.set(isRows ? "numbers" : name, argumentText(value));
  return undefined;
}

function* givenOf(run: Run, frame: Frame, menu: string, verb: string, args: Args): Flow<Given> {
  const given: Given = { values: new Map(), isEmpty: false };
  const isList = run.world.tree.menu(menu)?.list === true;
  for (const [at, e] of args.items.entries()) {
    const done = yield* give(run, frame, given, itemName(run, menu, verb, at, isList), e);
    if (isFault(done)) return done;
  }
  for (const [name, e] of args.named) {
    const done = yield* give(run, frame, given, name, e);
    if (isFault(done)) return done;
  }
  for (const name of args.unset) given.values.set(`!${name}`, "");
  for (const flag of args.flags) given.values.set(flag, "");
  return given;
}

/** The rows that a condition fits. */
function* rowsThat(run: Run, frame: Frame, menu: string, where: Expr | null): Flow<Shown[]> {
  if (!run.actor.can("read")) return failure("not enough permissions (9)");
  const all = list(run.world, run.actor, menu, () => true, null);
  if (isFault(all) || where === null) return all;
  const found: Shown[] = [];
  for (const row of all) {
    const fit = yield* fitsRow(run, where, frame, row);
    if (isFault(fit)) return fit;
    if (fit) found.push(row);
  }
  return found;
}

const pairs = (row: Shown): Value => ({
  is: "array",
  items: Object.entries(row).map(([key, v]) => [key, fieldValue(v)] as const),
});

function sayRows(run: Run, rows: readonly Shown[]): void {
  for (const [at, row] of rows.entries()) {
    const fields = Object.entries(row).filter(([name]) => name !== ".id");
    run.say(
      `${at} ${fields.map(([name, v]) => `${name}=${/^[\w.:/,*!-]+$/.test(v) ? v : JSON.stringify(v)}`).join(" ")}`,
    );
  }
}

function* print(run: Run, frame: Frame, menu: string, args: Args): Flow<Value> {
  const isList = run.world.tree.menu(menu)?.list === true;
  if (!isList) {
    const done = run.perform(run.world, run.actor, menu, "print", NOTHING);
    if (isFault(done)) return done;
    const row = done.value as Shown;
    if (!args.flags.has("as-value")) sayRows(run, [row]);
    return args.flags.has("as-value") ? pairs(row) : NOTHING_AT_ALL;
  }
  const rows = yield* rowsThat(run, frame, menu, args.where);
  if (isFault(rows)) return rows;
  if (args.flags.has("count-only")) {
    run.say(String(rows.length));
    return num(rows.length);
  }
  if (args.flags.has("as-value")) return listOf(rows.map(pairs));
  sayRows(run, rows);
  return NOTHING_AT_ALL;
}

function answered(answer: unknown, without: Value): Value {
  if (typeof answer !== "object" || answer === null || !("ret" in answer)) return without;
  return typeof answer.ret === "string" && answer.ret !== "" ? literal(answer.ret) : without;
}

/** `get` without a property gives all of them. */
function whole(run: Run, menu: string, numbers: string | undefined): Outcome<Value> {
  if (numbers === undefined) return noItem();
  const body: Body = { ...NOTHING, given: new Map([["numbers", numbers]]) };
  const done = run.perform(run.world, run.actor, menu, "print", body);
  if (isFault(done)) return done;
  const [row] = done.value as readonly Shown[];
  return row === undefined ? noItem() : pairs(row);
}

function* find(run: Run, frame: Frame, menu: string, where: Expr | null): Flow<Value> {
  const rows = yield* rowsThat(run, frame, menu, where);
  return isFault(rows) ? rows : texts(rows.map((r) => r[".id"] ?? ""));
}

function* perform(run: Run, menu: string, verb: string, given: ReadonlyMap<string, string>): Flow<Value> {
  const isGet = verb === "get";
  const isWhole = isGet && !given.has("value-name") && run.world.tree.menu(menu)?.list === true;
  if (isWhole) return whole(run, menu, given.get("numbers"));
  const done = run.perform(run.world, run.actor, menu, verb, { ...NOTHING, given });
  if (isFault(done)) return done;
  if (done.runs !== undefined) return yield* done.runs.inside();
  if (done.tookMs > 0) yield done.tookMs;
  return answered(done.value, isGet ? str("") : NOTHING_AT_ALL);
}

/** One command of a menu. */
export function* command(run: Run, frame: Frame, menu: string, verb: string, args: Args): Flow<Value> {
  if (verb === "find") return yield* find(run, frame, menu, args.where);
  if (verb === "print") return yield* print(run, frame, menu, args);
  const given = yield* givenOf(run, frame, menu, verb, args);
  if (isFault(given)) return given;
  if (given.isEmpty) return verb === "get" ? noItem() : NOTHING_AT_ALL;
  return yield* perform(run, menu, verb, given.values);
}
