// Values of the script language: what kind a bare word is, truth, text, comparison.
// Facts: MikroTik manual, Scripting (data types).

import { isFault } from "../../../base/fault.ts";
import { parseRosDuration } from "../../../base/time.ts";
import { fits } from "../../../ros/where.ts";
import { networkOf } from "../values.ts";
import type { Kind, List, Plain, Value } from "./code.ts";

export const NOTHING_AT_ALL: Plain = { is: "nothing", text: "" };
export const NIL: Plain = { is: "nil", text: "" };

const KINDS: ReadonlyArray<readonly [Kind, RegExp]> = [
  ["num", /^-?(\d+|0x[0-9a-fA-F]+)$/],
  ["bool", /^(yes|no|true|false)$/],
  ["ip", /^\d{1,3}(\.\d{1,3}){3}$/],
  ["ip-prefix", /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/],
  ["id", /^\*[0-9A-Fa-f]+$/],
  ["time", /^((\d+(w|d|h|ms|us|m|s))+|(\d+[wd])*\d+:\d\d(:\d\d)?(\.\d+)?)$/],
];

/** A bare word with its kind. */
export function literal(text: string): Plain {
  return { is: KINDS.find(([, fit]) => fit.test(text))?.[0] ?? "str", text };
}

/** A text. */
export const str = (text: string): Plain => ({ is: "str", text });
/** A whole number. */
export const num = (n: number): Plain => ({ is: "num", text: String(Math.trunc(n)) });
/** True or false. */
export const bool = (b: boolean): Plain => ({ is: "bool", text: String(b) });
/** An array without keys. */
export const listOf = (items: readonly Value[]): List => ({ is: "array", items: items.map((v) => [null, v]) });

/** Is it yes? Anything but a boolean is not. */
export function truth(v: Value): boolean {
  return "text" in v && (v.text === "true" || v.text === "yes");
}

const isNegated = (v: Plain): boolean => v.text.startsWith("-");

/** A whole number, or a time in seconds; null for everything else. */
export function numberOf(v: Value): number | null {
  if (!("text" in v)) return null;
  if (v.is === "time") {
    const ms = parseRosDuration(v.text);
    return isFault(ms) ? null : ms / 1000;
  }
  const n = Number(isNegated(v) ? v.text.slice(1) : v.text);
  return v.text === "" || Number.isNaN(n) ? null : isNegated(v) ? -n : n;
}

function listText(v: List, between: string): string {
  return v.items.map(([key, of]) => (key === null ? "" : `${key}=`) + textOf(of, between)).join(between);
}

/** What `:tostr` and a string give; lists with `;`. */
export function textOf(v: Value, between = ";"): string {
  if (v.is === "array") return listText(v, between);
  if (v.is === "code") return "(code)";
  if (v.is !== "bool") return v.text;
  return truth(v) ? "true" : "false";
}

/** What a parameter gets: as written, lists with `,`. */
export function argumentText(v: Value): string {
  return v.is === "bool" ? v.text : textOf(v, ",");
}

type Order = "=" | "!=" | "<" | ">" | "<=" | ">=" | "in";

/** Compares as the console does: numbers, times and addresses by size, the rest as text. */
export function compare(left: Value, by: Order, right: Value): boolean {
  if (left.is === "nothing" || left.is === "nil") {
    const none = right.is === "nothing" || right.is === "nil";
    return by === "=" ? none : by === "!=" && !none;
  }
  // Written bare, 192.168.1.1/24 is the network, which no address of a host equals.
  if (right.is === "ip-prefix" && networkOf(right.text) !== right.text.split("/")[0]) return by === "!=";
  return fits({ op: "compare", field: "value", by, value: textOf(right) }, { value: textOf(left) });
}

/** A row's field as a value. */
export function fieldValue(text: string | undefined): Value {
  return text === undefined ? NOTHING_AT_ALL : literal(text);
}
