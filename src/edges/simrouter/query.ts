// Which rows a client asks for: exact matches of a GET, and the stack machine of `.query`
// in a POST print (RouterOS manual: API, Queries). There is no pattern match in either.

import { isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import { refuse } from "./errors.ts";
import type { Shown } from "./record.ts";

const SPELT: Readonly<Record<string, string>> = { yes: "true", no: "false" };

/** Equal as the router compares: yes and true are one value. What is not set equals nothing. */
function same(has: string | undefined, wanted: string): boolean {
  return has !== undefined && (has === wanted || has === SPELT[wanted]);
}

/** AND of exact matches. */
export function matchesAll(shown: Shown, wanted: ReadonlyArray<readonly [string, string]>): boolean {
  return wanted.every(([name, value]) => same(shown[name], value));
}

/** Numbers and times compare by size, texts by letters; a number and a word are in no order. */
function order(a: string, b: string): number {
  const size = (text: string): number => {
    if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    const ms = parseRosDuration(text);
    return isFault(ms) ? Number.NaN : ms;
  };
  const [left, right] = [size(a), size(b)];
  if (Number.isNaN(left) !== Number.isNaN(right) && a !== "" && b !== "") return 0;
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return a < b ? -1 : a > b ? 1 : 0;
}

function test(shown: Shown, word: string): boolean {
  const has = (name: string): boolean => shown[name] !== undefined;
  if (word.startsWith("-")) return !has(word.slice(1));
  const compared = /^([<>=]?)([^=]+)=(.*)$/s.exec(word);
  if (compared === null) return has(word);
  const [, sign = "", name = "", value = ""] = compared;
  const own = shown[name];
  if (sign === "<") return own !== undefined && order(own, value) < 0;
  if (sign === ">") return own !== undefined && order(own, value) > 0;
  return same(own, value);
}

/** Operators of two values and of one; "." and digits copy a value of the stack. */
const JOIN: Readonly<Record<string, (a: boolean, b: boolean) => boolean>> = {
  "&": (a, b) => a && b,
  "|": (a, b) => a || b,
};

function operateOne(stack: boolean[], op: string): boolean {
  const join = JOIN[op];
  const a = op === "!" || join !== undefined ? stack.pop() : stack[stack.length - 1 - (op === "." ? 0 : Number(op))];
  if (a === undefined) return false;
  if (join === undefined) {
    stack.push(op === "!" ? !a : a);
    return true;
  }
  const b = stack.pop();
  if (b === undefined) return false;
  stack.push(join(a, b));
  return true;
}

/** Runs what stands after "#". */
function operate(stack: boolean[], operators: string): boolean {
  return /^[&|!.\d]+$/.test(operators) && [...operators].every((op) => operateOne(stack, op));
}

/** True when the record fits the query: everything left on the stack must hold. */
export function runQuery(shown: Shown, words: readonly string[]): Outcome<boolean> {
  const stack: boolean[] = [];
  for (const word of words) {
    if (!word.startsWith("#")) stack.push(test(shown, word));
    else if (!operate(stack, word.slice(1))) return refuse(400, "bad query");
  }
  return stack.every((x) => x);
}
