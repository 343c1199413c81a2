// Works out expressions of scripts: variables, strings, results of commands, operators.
// Facts: MikroTik manual, Scripting (operators).

import { isFault, type Outcome } from "../../../base/fault.ts";
import { rosDuration } from "../../../base/time.ts";
import { compilePattern } from "../../../ros/pattern.ts";
import type { Expr, List, Value } from "./code.ts";
import { type Flow, type Frame, failure, type Run } from "./run-types.ts";
import { bool, compare, fieldValue, listOf, NOTHING_AT_ALL, num, numberOf, str, textOf, truth } from "./values.ts";

/** The frame in which a variable lives; null: none does. */
export function frameOf(frame: Frame, name: string): Frame | null {
  for (let at: Frame | null = frame; at !== null; at = at.above) if (at.vars.has(name)) return at;
  return null;
}

function variable(run: Run, frame: Frame, name: string): Value {
  return frameOf(frame, name)?.vars.get(name) ?? run.globals.get(name) ?? NOTHING_AT_ALL;
}

function rowOf(frame: Frame): Frame["row"] {
  for (let at: Frame | null = frame; at !== null; at = at.above) if (at.row !== null) return at.row;
  return null;
}

/** A property of the row; a flag that is off is false. */
function property(frame: Frame, name: string): Value {
  const row = rowOf(frame);
  return fieldValue(row !== null && Object.hasOwn(row, name) ? row[name] : undefined);
}

/** The items of a list; one value is a list of itself, none an empty one. */
export const itemsOf = (v: Value): List["items"] =>
  v.is === "array" ? v.items : v.is === "nothing" ? [] : [[null, v]];

function element(list: Value, key: Value): Value {
  if (list.is !== "array") return NOTHING_AT_ALL;
  const named = list.items.find(([k]) => k === textOf(key));
  const at = numberOf(key);
  const placed = at === null ? undefined : list.items.filter(([k]) => k === null)[at];
  return (named ?? placed)?.[1] ?? NOTHING_AT_ALL;
}

const SUMS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.trunc(a / b),
  "%": (a, b) => a % b,
};

function sum(left: Value, by: string, right: Value): Outcome<Value> {
  // What was never set counts as nothing.
  const amount = (v: Value): number | null => (v.is === "nothing" ? 0 : numberOf(v));
  const [a, b] = [amount(left), amount(right)];
  const of = SUMS[by];
  if (a === null || b === null || of === undefined) {
    return failure(`cannot ${by === "+" ? "add" : "compute"} ${left.is} and ${right.is}`);
  }
  if (b === 0 && (by === "/" || by === "%")) return failure("division by zero");
  const isTime = left.is === "time" || right.is === "time";
  return isTime ? { is: "time", text: rosDuration(of(a, b) * 1000) } : num(of(a, b));
}

function matches(left: Value, right: Value): Outcome<Value> {
  const pattern = compilePattern(textOf(right));
  return isFault(pattern) ? failure("invalid regular expression") : bool(pattern.test(textOf(left)));
}

function isIn(left: Value, right: Value): Value {
  if (right.is !== "array") return bool(compare(left, "in", right));
  return bool(right.items.some(([, v]) => compare(left, "=", v)));
}

function joined(left: Value, by: string, right: Value): Outcome<Value> {
  switch (by) {
    case "=":
    case "!=":
    case "<":
    case ">":
    case "<=":
    case ">=":
      return bool(compare(left, by, right));
    case "~":
      return matches(left, right);
    case "in":
      return isIn(left, right);
    case ".":
      return str(textOf(left) + textOf(right));
    case ",":
      return { is: "array", items: [...itemsOf(left), ...itemsOf(right)] };
    case "->":
      return element(left, right);
    default:
      return sum(left, by, right);
  }
}

/** A bare flag in a condition: on, or a property that is set. */
function holds(e: Expr, v: Value): boolean {
  if (e.give !== "property") return truth(v);
  return v.is !== "nothing" && (v.is !== "bool" || truth(v));
}

function* both(run: Run, frame: Frame, e: Expr & { give: "join" }): Flow<Value> {
  const left = yield* evaluate(run, e.left, frame);
  if (isFault(left)) return left;
  const isOr = e.by === "or" || e.by === "||";
  const isAnd = e.by === "and" || e.by === "&&";
  if (isOr && holds(e.left, left)) return bool(true);
  if (isAnd && !holds(e.left, left)) return bool(false);
  const right = yield* evaluate(run, e.right, frame);
  if (isFault(right)) return right;
  return isOr || isAnd ? bool(holds(e.right, right)) : joined(left, e.by, right);
}

function* listed(run: Run, frame: Frame, e: Expr & { give: "list" }): Flow<Value> {
  const items: Array<readonly [string | null, Value]> = [];
  for (const [key, of] of e.items) {
    const value = yield* evaluate(run, of, frame);
    if (isFault(value)) return value;
    items.push([key, value]);
  }
  return { is: "array", items };
}

function* text(run: Run, frame: Frame, parts: readonly Expr[]): Flow<Value> {
  let whole = "";
  for (const part of parts) {
    const value = yield* evaluate(run, part, frame);
    if (isFault(value)) return value;
    whole += textOf(value);
  }
  return str(whole);
}

function* inverse(run: Run, frame: Frame, e: Expr & { give: "not" | "minus" }): Flow<Value> {
  const of = yield* evaluate(run, e.of, frame);
  if (isFault(of)) return of;
  return e.give === "not" ? bool(!holds(e.of, of)) : sum(num(0), "-", of);
}

/** The value of an expression. */
export function* evaluate(run: Run, e: Expr, frame: Frame): Flow<Value> {
  switch (e.give) {
    case "value":
      return e.value;
    case "variable":
      return variable(run, frame, e.name);
    case "property":
      return property(frame, e.name);
    case "text":
      return yield* text(run, frame, e.parts);
    case "list":
      return yield* listed(run, frame, e);
    case "join":
      return yield* both(run, frame, e);
    case "result": {
      const ended = yield* run.body(run, e.body, { vars: new Map(), above: frame, row: null });
      return isFault(ended) ? ended : ended.value;
    }
    default:
      return yield* inverse(run, frame, e);
  }
}

/** True when a row fits the condition. */
export function* fitsRow(run: Run, where: Expr, frame: Frame, row: NonNullable<Frame["row"]>): Flow<boolean> {
  const value = yield* evaluate(run, where, { vars: new Map(), above: frame, row });
  return isFault(value) ? value : holds(where, value);
}

/** A list of texts as a value. */
export const texts = (all: readonly string[]): Value => listOf(all.map((text) => fieldValue(text)));
