// Errors in the router's own words: an HTTP status and RouterOS's exact text, carried
// in a fault until rest.ts writes {"detail","error","message"}.

import { type Fault, type FaultKind, fault } from "../../base/fault.ts";

const KINDS: Readonly<Record<number, FaultKind>> = {
  400: "input",
  401: "denied",
  403: "denied",
  404: "missing",
  415: "input",
  500: "failed",
  503: "failed",
};

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A refusal as RouterOS words it; an empty detail is left out of the reply. */
export function refuse(status: number, detail = ""): Fault {
  return fault(KINDS[status] ?? "failed", detail, { code: String(status) });
}

/** The status and JSON body of a refusal. Keys in the order that RouterOS writes them. */
export function errorReply(f: Fault): { status: number; body: string } {
  const status = Number(f.code ?? "500");
  const rest = { error: status, message: REASONS[status] ?? "Error" };
  return { status, body: JSON.stringify(f.what === "" ? rest : { detail: f.what, ...rest }) };
}

/** The one text that PATCH and DELETE have for most refusals. */
export const badId = (): Fault => refuse(400, "missing or invalid resource identifier");
/** An unknown id in a command. */
export const noItem = (): Fault => refuse(400, "no such item");
/** A policy is missing. */
export const noPermission = (): Fault => refuse(500, "not enough permissions (9)");
/** An unknown word or object name. */
export const noMatch = (argument: string): Fault => refuse(400, `input does not match any value of ${argument}`);
/** A value of the wrong type. */
export const badValue = (argument: string): Fault => refuse(400, `invalid value for argument ${argument}`);
/** An unknown menu, command or record name. */
export const notThere = (word: string): Fault => refuse(400, `no such command or directory (${word})`);
/** A reference that is empty or fits several objects. */
export const ambiguous = (argument: string): Fault =>
  refuse(400, `ambiguous value of ${argument}, more than one possible value matches input`);
