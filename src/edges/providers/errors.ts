// A model service's refusals as faults. The error's place differs from vendor to vendor
// (object, string, list, "detail", "errors", a web page), so its text is looked for, quoted
// on one line, and never trusted to be free of the key that was sent.

import { type Fault, fault, isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { MODEL_ERROR_UNITS_MAX } from "../../base/limits.ts";
import { redact, type Secret } from "../../base/secret.ts";
import { oneLine, printable } from "../../base/text.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { headerValue } from "../../net/http-head.ts";
import { retryAfterMs } from "../../net/retry.ts";
import type { Headers, Response } from "../../port/http.ts";
import { includesAny, ruleFor } from "./error-rules.ts";
import { fieldsAt, isRecord, recordsAt, textAt } from "./values.ts";

export interface Peer {
  /** Host name of the service, for sentences. */
  service: string;
  key: Secret | null;
  wallMs: number;
}

interface Said {
  text: string;
  /** The service's own word for it, lower case. */
  word: string;
  /** A status inside the error object (OpenRouter, Gemini). */
  status: number | null;
  /** The wait that Google's RetryInfo asks for. */
  waitMs: number | null;
}

const NOTHING: Said = { text: "", word: "", status: null, waitMs: null };

/** What an error value says, in any of the known shapes. */
function readError(value: unknown): Said {
  if (typeof value === "string") return { ...NOTHING, text: value };
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : readError(value[0]);
  if (!isRecord(value)) return NOTHING;
  for (const inner of [value["error"], value["errors"], value["base_resp"]]) {
    const found = readError(inner);
    if (found.text !== "" || found.word !== "") return found;
  }
  const { message, msg, status_msg: statusMsg, detail, code, type, status, details, loc } = value;
  // Mistral's message may be an object; FastAPI tells the field beside the words.
  const said = [message, msg, statusMsg].find((t) => typeof t === "string") ?? readError(detail ?? message).text;
  const text = Array.isArray(loc) ? `${loc.join(".")}: ${said}` : said;
  const reasons = recordsAt(value, "details").map((d) => textAt(d, "reason"));
  const words = [code, type, status, ...reasons].filter((w) => typeof w === "string").join(" ");
  const number = typeof code === "number" && code >= 400 && code < 600 ? code : null;
  return { text: String(text), word: words.toLowerCase(), status: number, waitMs: googleWaitMs(details) };
}

// Google's errors carry typed details: how long to wait, and which quota is used up
// (https://cloud.google.com/apis/design/errors#error_details).
function googleWaitMs(details: unknown): number | null {
  if (!Array.isArray(details)) return null;
  // A day's quota does not clear within a retry, whatever the details say.
  if (/perday/i.test(JSON.stringify(details))) return null;
  const delay = details.filter(isRecord).map((d) => /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(textAt(d, "retryDelay"))?.[1]);
  const seconds = delay.find((d) => d !== undefined);
  return seconds === undefined ? null : sane(Number(seconds) * 1_000);
}

/** True for a reply that is an error although its status says otherwise. `isOwn`: it has the form of an answer. */
export function isErrorValue(value: unknown, isOwn: boolean): boolean {
  if (Array.isArray(value)) return value.length > 0 && isErrorValue(value[0], isOwn);
  if (!isRecord(value)) return false;
  if (value["error"] !== undefined && value["error"] !== null) return true;
  if (value["object"] === "error" || value["type"] === "error") return true;
  // MiniMax: platform.minimax.io/docs/api-reference/errorcode
  const status = fieldsAt(value, "base_resp")["status_code"];
  if (typeof status === "number" && status !== 0) return true;
  return !isOwn && (value["errors"] ?? value["detail"] ?? value["message"] ?? null) !== null;
}

const STATUS_OF_WORD: ReadonlyArray<readonly [status: number, words: readonly string[]]> = [
  [429, ["rate_limit", "too_many_requests", "resource_exhausted"]],
  [402, ["billing_error"]],
  [401, ["authentication", "invalid_api_key", "unauthorized", "unauthenticated"]],
  [403, ["permission"]],
  [404, ["not_found"]],
  [413, ["request_too_large"]],
  [400, ["invalid_request", "invalid_argument"]],
];

/** The status that an error inside a 200 would have had. */
function statusOfWord(said: Said): number {
  if (said.status !== null) return said.status;
  return STATUS_OF_WORD.find(([, words]) => includesAny(said.word, words))?.[0] ?? 500;
}

/** The fault of an error value. `status` is that of the reply, 200 for an error inside a success. */
export function errorFault(peer: Peer, status: number, value: unknown, headers: Headers = []): Fault {
  const said = readError(value);
  const judged = status >= 300 ? status : statusOfWord(said);
  const all = `${said.word} ${said.text}`.toLowerCase();
  const rule = ruleFor(judged, all, peer.service, said.waitMs !== null);
  const quoted = quote(peer, said.text);
  const wait = rule.kind === "limit" || rule.kind === "failed" ? (waitMs(headers, peer.wallMs) ?? said.waitMs) : null;
  return fault(rule.kind, quoted === "" ? rule.what : `${rule.what} It said: "${quoted}"`, {
    code: rule.code,
    next: rule.next,
    ...(wait === null ? {} : { retryAfterMs: wait }),
  });
}

/** Another's text on one line, short, and without the key even if it came back in it. */
export function quote(peer: Peer, text: string): string {
  const safe = redact(text, peer.key === null ? [] : [peer.key]);
  return oneLine(printable(safe), MODEL_ERROR_UNITS_MAX);
}

/** The fault of a reply that is no success. */
export function statusFault(peer: Peer, r: Response): Fault {
  const text = decodeUtf8(r.body);
  const value = parseJson(text);
  if (!isFault(value)) return errorFault(peer, r.status, value, r.headers);
  // Proxies answer web pages; their title says what there is to say.
  return errorFault(peer, r.status, isPage(text) ? pageTitle(text) : text, r.headers);
}

/** Does the text begin like a web page? */
export function isPage(text: string): boolean {
  return /^\ufeff?\s*</.test(text);
}

/** What a web page calls itself, or "a web page". */
export function pageTitle(text: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
  return title === undefined || title === "" ? "a web page" : title;
}

/** Wait asked for by `retry-after-ms` or `Retry-After`; null when absent or absurd. */
function waitMs(headers: Headers, wallMs: number): number | null {
  const exact = headerValue(headers, "retry-after-ms");
  if (exact !== undefined && /^\d{1,9}(\.\d{1,9})?$/.test(exact)) return sane(Number(exact));
  const text = headerValue(headers, "retry-after");
  if (text !== undefined && /^\d{1,6}\.\d{1,9}$/.test(text)) return sane(Number(text) * 1_000);
  return sane(retryAfterMs(headers, { wallMs: () => wallMs }) ?? Infinity);
}

const DAY_MS = 86_400_000;

// A router's clock may stand in 1970, and some services send years.
function sane(ms: number): number | null {
  return ms <= DAY_MS ? Math.ceil(ms) : null;
}
