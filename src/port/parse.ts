// Outside values become exact types here (zod/mini). What does not fit is one sentence
// that names the place and what was expected there, never the value itself.

import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { oneLine, printable } from "../base/text.ts";
import { type Schema, schemaOf } from "./schema.ts";

// Without a locale every message is "Invalid input".
z.config(en());

/** Longest place or expectation that is quoted in a fault. */
const QUOTED = 160;

/** `value` as T, or an `input` fault; `what` names it in the sentence ("The configuration"). */
export function parseAs<T>(schema: Schema<T>, value: unknown, what: string): Outcome<T> {
  const result = schemaOf(schema).safeParse(value);
  return result.success ? result.data : misfit(what, result.error.issues);
}

/** JSON text as T, or a fault. */
export function parseJsonAs<T>(schema: Schema<T>, text: string, what: string): Outcome<T> {
  const value = parseJson(text);
  if (isFault(value)) return value;
  return parseAs(schema, value, what);
}

function misfit(what: string, issues: ReadonlyArray<{ path: readonly PropertyKey[]; message: string }>): Fault {
  const first = issues[0];
  const place = first === undefined ? "" : oneLine(printable(first.path.map(String).join(".")), QUOTED);
  const said = oneLine(printable(first?.message ?? "Invalid input"), QUOTED);
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const at = place === "" ? "" : ` at "${place}"`;
  return fault("input", `${what} is not as expected${at}: ${said}${more}.`, { code: "invalid" });
}
