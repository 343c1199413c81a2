// A model service's refusals as faults. The error's place differs from vendor to vendor
// (object, string, list, "detail", "errors", a web page), so its text is looked for, quoted
// on one line, and never trusted to be free of the key that was sent.

import { type Fault, type FaultKind, fault, isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { MODEL_ERROR_UNITS_MAX } from "../../base/limits.ts";
import { redact, type Secret } from "../../base/secret.ts";
import { oneLine, printable } from "../../base/text.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { headerValue } from "../../net/http-head.ts";
import { retryAfterMs } from "../../net/retry.ts";
import type { Headers, Response } from "../../port/http.ts";
import { isRecord } from "./openai-wire.ts";

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
  /** A status inside the error object (OpenRouter). */
  status: number | null;
}

const NOTHING: Said = { text: "", word: "", status: null };

/** What an error value says, in any of the known shapes. */
function readError(value: unknown): Said {
  if (typeof value === "string") return { ...NOTHING, text: value };
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : readError(value[0]);
  if (!isRecord(value)) return NOTHING;
  for (const inner of [value["error"], value["errors"]]) {
    const found = readError(inner);
    if (found.text !== "" || found.word !== "") return found;
  }
  const { message, msg, detail, code, type } = value;
  const text = [message, msg].find((t) => typeof t === "string") ?? readError(detail).text;
  const words = [code, type].filter((w) => typeof w === "string").join(" ");
  const status = typeof code === "number" && code >= 400 && code < 600 ? code : null;
  return { text: String(text), word: words.toLowerCase(), status };
}

/** True for a reply that is an error although its status says otherwise. */
export function isErrorValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && isErrorValue(value[0]);
  if (!isRecord(value)) return false;
  if (value["error"] !== undefined && value["error"] !== null) return true;
  if (value["object"] === "error" || value["type"] === "error") return true;
  return value["choices"] === undefined && (value["errors"] ?? value["detail"] ?? value["message"]) !== undefined;
}

// Lower-case parts of the texts by which services say that the conversation is too long.
const TOO_LONG = [
  "context_length_exceeded",
  "maximum context length",
  "prompt is too long",
  "input is too long",
  "exceeds the maximum number of tokens",
  "input token count",
  "context window",
  "reduce the length of the messages",
  "request too large",
  "exceed_context_size",
  "exceeds the available context size",
  "too many tokens",
  "maximum prompt length",
  "token limit",
];
// A quota that waiting does not clear.
const QUOTA = ["insufficient_quota", "insufficient balance", "insufficient credits", "billing", "per-day", "daily limit", "free-models-per-day"];

interface Rule {
  kind: FaultKind;
  code: string;
  what: string;
  next: string;
}

function quotaRule(service: string): Rule {
  return { kind: "denied", code: "model_quota", what: `${service} has no credit left for this key.`, next: "Add credit or raise the limit at the service, or use another key." };
}

function longRule(service: string): Rule {
  return { kind: "limit", code: "model_context", what: `The conversation is too long for the model at ${service}.`, next: "Send /new to begin a new conversation." };
}

const BY_STATUS: Readonly<Record<number, (service: string) => Rule>> = {
  401: (service) => ({ kind: "denied", code: "model_key", what: `${service} refused the API key (401).`, next: "Check LLM_API_KEY, or the service's own key variable." }),
  402: quotaRule,
  403: (service) => ({ kind: "denied", code: "model_forbidden", what: `${service} does not allow this (403).`, next: "Check that the key may use this model, and that the service is offered in your region." }),
  404: (service) => ({ kind: "missing", code: "model_missing", what: `${service} does not know this model or address (404).`, next: "Check MODEL and the path of LLM_BASE_URL." }),
  405: (service) => ({ kind: "missing", code: "model_missing", what: `${service} offers no chat completions at this address (405).`, next: "Check the path of LLM_BASE_URL." }),
  408: (service) => ({ kind: "timeout", code: "model_timeout", what: `${service} gave up waiting (408).`, next: "Try again." }),
  413: longRule,
  429: (service) => ({ kind: "limit", code: "model_rate", what: `${service} is asked too often (429).`, next: "Wait a little, then try again." }),
};

function ruleOf(status: number, service: string): Rule {
  const rule = BY_STATUS[status];
  if (rule !== undefined) return rule(service);
  if (status >= 300 && status < 400) {
    return { kind: "input", code: "model_redirect", what: `${service} sends model calls to another address (${status}).`, next: "Set LLM_BASE_URL to the address that the service documents." };
  }
  if (status >= 400 && status < 500) {
    return { kind: "input", code: "model_refused", what: `${service} refused the request (${status}).`, next: "Check MODEL; not every model can call tools." };
  }
  const shown = status >= 500 ? ` (${status})` : "";
  return { kind: "failed", code: "model_failed", what: `${service} answered with an error${shown}.`, next: "Try again; if it stays, look at the service's status page." };
}

function includesAny(text: string, parts: readonly string[]): boolean {
  return parts.some((part) => text.includes(part));
}

/** The status that an error inside a 200 would have had. */
function statusOfWord(said: Said): number {
  if (said.status !== null) return said.status;
  if (includesAny(said.word, ["rate_limit", "too_many_requests", "resource_exhausted"])) return 429;
  if (includesAny(said.word, ["authentication", "invalid_api_key", "unauthorized"])) return 401;
  if (includesAny(said.word, ["model_not_found", "not_found"])) return 404;
  return includesAny(said.word, ["invalid_request"]) ? 400 : 500;
}

/** The fault of an error value. `status` is that of the reply, 200 for an error inside a success. */
export function errorFault(peer: Peer, status: number, value: unknown, headers: Headers = []): Fault {
  const said = readError(value);
  const judged = status >= 300 ? status : statusOfWord(said);
  const all = `${said.word} ${said.text}`.toLowerCase();
  const rule = includesAny(all, TOO_LONG)
    ? longRule(peer.service)
    : (judged === 429 || judged === 403) && includesAny(all, QUOTA)
      ? quotaRule(peer.service)
      : ruleOf(judged, peer.service);
  const quoted = quote(peer, said.text);
  const wait = rule.kind === "limit" || rule.kind === "failed" ? waitMs(headers, peer.wallMs) : null;
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
