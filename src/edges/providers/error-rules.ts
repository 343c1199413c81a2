// What a model service's refusal means and what its reader can do, by status and by the words
// that services use. Sources: the services' error references, and what they were seen to say.

import { type Fault, type FaultKind, refault } from "../../base/fault.ts";

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
const QUOTA = [
  "insufficient_quota",
  "insufficient balance",
  "insufficient credits",
  "billing",
  "per-day",
  "daily limit",
  "free-models-per-day",
];
// Other services than OpenAI say 400 to an unknown model, and Gemini to a wrong key.
const NO_MODEL = [
  ...["model_not_found", "model not found", "invalid model", "unknown model", "model does not exist"],
  // OpenRouter; DeepSeek; Groq and others of a retired one.
  ...["not a valid model", "model not exist", "decommissioned"],
];
const BAD_KEY = ["api_key_invalid", "api key not valid", "invalid api key"];

/** What a refusal means. */
export interface Rule {
  kind: FaultKind;
  code: string;
  what: string;
  next: string;
}

function quotaRule(service: string): Rule {
  return {
    kind: "denied",
    code: "model_quota",
    what: `${service} has no credit left for this key.`,
    next: "Add credit or raise the limit at the service, or use another key.",
  };
}

/** A call that nobody can read: Groq's 400, Gemini's reasons of an end. Another try mostly goes well. */
export function brokenCallRule(service: string): Rule {
  const what = `The model of ${service} wrote a tool call that cannot be read.`;
  return { kind: "failed", code: "model_call_broken", what, next: "Try again." };
}

function longRule(service: string): Rule {
  return {
    kind: "limit",
    code: "model_context",
    what: `The conversation is too long for the model at ${service}.`,
    next: "Send /new to begin a new conversation.",
  };
}

const BY_STATUS: Readonly<Record<number, (service: string) => Rule>> = {
  401: (service) => ({
    kind: "denied",
    code: "model_key",
    what: `${service} refused the API key (401).`,
    next: "Check LLM_API_KEY, or the service's own key variable.",
  }),
  402: quotaRule,
  403: (service) => ({
    kind: "denied",
    code: "model_forbidden",
    what: `${service} does not allow this (403).`,
    next: "Check that the key may use this model, and that the service is offered in your region.",
  }),
  404: (service) => ({
    kind: "missing",
    code: "model_missing",
    what: `${service} does not know this model or address (404).`,
    next: "Check MODEL and the path of LLM_BASE_URL.",
  }),
  405: (service) => ({
    kind: "missing",
    code: "model_missing",
    what: `${service} takes no model calls at this address (405).`,
    next: "Check the path of LLM_BASE_URL.",
  }),
  408: (service) => ({
    kind: "timeout",
    code: "model_timeout",
    what: `${service} gave up waiting (408).`,
    next: "Try again.",
  }),
  413: longRule,
  429: (service) => ({
    kind: "limit",
    code: "model_rate",
    what: `${service} is asked too often (429).`,
    next: "Wait a little, then try again.",
  }),
};

// 529 is Anthropic's, the words those of errors inside a stream.
const OVERLOADED = ["overloaded", "at capacity", "model is busy", "unavailable"];

function overloadedRule(service: string): Rule {
  return {
    kind: "failed",
    code: "model_overloaded",
    what: `${service} is overloaded.`,
    next: "Wait a little, then try again.",
  };
}

// A filter in front of the model, as at Azure.
const FILTERED = ["content_filter", "content management policy", "content_policy"];

/** By status alone. */
function ruleOf(status: number, service: string): Rule {
  const rule = BY_STATUS[status];
  if (rule !== undefined) return rule(service);
  if (status >= 300 && status < 400) {
    return {
      kind: "input",
      code: "model_redirect",
      what: `${service} sends model calls to another address (${status}).`,
      next: "Set LLM_BASE_URL to the address that the service documents.",
    };
  }
  if (status >= 400 && status < 500) {
    return {
      kind: "input",
      code: "model_refused",
      what: `${service} refused the request (${status}).`,
      next: "Check MODEL; not every model can call tools.",
    };
  }
  const shown = status >= 500 ? ` (${status})` : "";
  return {
    kind: "failed",
    code: "model_failed",
    what: `${service} answered with an error${shown}.`,
    next: "Try again; if it stays, look at the service's status page.",
  };
}

/** True when `text` has one of `parts`. */
export function includesAny(text: string, parts: readonly string[]): boolean {
  return parts.some((part) => text.includes(part));
}

// A model without eyes: OpenRouter, Ollama, LM Studio, llama.cpp, vLLM, DeepSeek, Groq, OpenAI.
const BLIND =
  /support[^.]{0,40}(image|vision|modal)|(image|vision|modal)[^.]{0,60}(support|not enabled|not allowed)|unknown variant|must be a string|valid string|mmproj|text[ -]only|not a multimodal/i;
const BAD_IMAGE =
  /(image|media|mime)[ _-]?(format|type)|process|decod|corrupt|base64|large|exceed|dimension|resolution/i;
const MAY_BE_IMAGE: ReadonlySet<unknown> = new Set(["model_refused", "model_missing", "model_failed", "model_context"]);

/** The refusal of a question with pictures as one of them, or null; `model_blind`: by a model that takes none. */
export function unseenFault(f: Fault): Fault | null {
  const isBad = BAD_IMAGE.test(f.what) && /image|media/i.test(f.what);
  if (!MAY_BE_IMAGE.has(f.code) || !(isBad || BLIND.test(f.what))) return null;
  return refault(f, {
    code: isBad ? "model_image" : "model_blind",
    next: "Ask without the picture, or use another MODEL.",
  });
}

/** What a refusal with this status means; `words` are the service's own, lower case. `willClear`: it says when. */
export function ruleFor(status: number, words: string, service: string, willClear = false): Rule {
  if (includesAny(words, TOO_LONG)) return longRule(service);
  if ((status === 429 || status === 403) && !willClear && includesAny(words, QUOTA)) return quotaRule(service);
  if (status === 400 && words.includes("tool_use_failed")) return brokenCallRule(service);
  if (status === 400 && includesAny(words, BAD_KEY)) {
    return { ...ruleOf(401, service), what: `${service} refused the API key (400).` };
  }
  if (status === 400 && includesAny(words, NO_MODEL)) {
    return { ...ruleOf(404, service), what: `${service} does not know this model (400).` };
  }
  if (status === 400 && includesAny(words, FILTERED)) {
    const next = "Ask in other words, or use another MODEL.";
    return { kind: "denied", code: "model_filtered", what: `A filter of ${service} refused this question.`, next };
  }
  if (status === 503 || status === 529 || (status >= 500 && includesAny(words, OVERLOADED)))
    return overloadedRule(service);
  return ruleOf(status, service);
}
