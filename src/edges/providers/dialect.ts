// What a dialect of model services is: where to ask, what to send, how to read the answer.
// The rest of a call (sending, silence, refusals, lists of models) is the same for all and
// lives in service.ts.

import { type Fault, fault, type Outcome } from "../../base/fault.ts";
import { ANSWER_BYTES_MAX } from "../../base/limits.ts";
import type { Secret } from "../../base/secret.ts";
import type { Headers } from "../../port/http.ts";
import type { Answer, Ask, Delta } from "../../port/provider.ts";
import type { Peer } from "./errors.ts";
import type { Fields } from "./values.ts";

/** Stands for a model that the service lists; only where `pick` says which one. */
export const AUTO_MODEL = "auto";

/** Settings of one service in any dialect. */
export interface ModelConfig {
  /** Its path is kept: `https://openrouter.ai/api/v1`. */
  baseUrl: string;
  /** Null: the service asks for none (a local server). */
  key: Secret | null;
  stream: boolean;
  headers?: Headers | undefined;
  /** Header that carries the key, where the service has its own; "authorization" means Bearer. */
  keyHeader?: string | undefined;
  /** What the bound of an answer is called; by default what the host is known to take. */
  tokensField?: "max_tokens" | "max_completion_tokens" | undefined;
  /** Version of the API, where it is named in a header. */
  version?: string | undefined;
  /** Ids of calls must be nine letters and digits. */
  nineIds?: boolean | undefined;
  /** The service takes no tools of ours: they are told in the prompt (prompted.ts). */
  promptedTools?: boolean | undefined;
  /** What it knows of `tool_choice`: nothing, or Mistral's word for "required". */
  toolChoice?: "absent" | "any" | undefined;
  /** More fields of every body. */
  extra?: Readonly<Fields> | undefined;
  /** Without a model of the owner's: the first listed one whose id holds this word. */
  pick?: string | undefined;
}

/** Puts one answer together from what a service sends. */
export interface Assembler {
  /** One parsed chunk, or the whole reply. `event` is the name of a server-sent event. */
  add(chunk: unknown, event: string): Outcome<void>;
  /** The service said that nothing more comes (`[DONE]`, or the end of a whole reply). */
  done(): void;
  /** Whether the end of the answer was seen. */
  readonly ended: boolean;
  answer(): Outcome<Answer>;
}

export interface Dialect {
  /** Header that carries the key; "authorization" means Bearer. */
  readonly keyHeader: string;
  /** Where models are listed, below the base URL. */
  readonly listPath: string;
  /** True: a stream is lines of JSON instead of server-sent events. */
  readonly lines?: boolean;
  /** Fields of the body that some services do not know, and the words by which they say so. */
  readonly spare: Readonly<Record<string, readonly string[]>>;
  /** Room in an answer's bound for thinking, which counts with it. */
  thoughtTokens(config: ModelConfig, peer: Peer): number;
  headers(config: ModelConfig): Headers;
  path(ask: Ask, config: ModelConfig): string;
  body(ask: Ask, config: ModelConfig, peer: Peer): Fields;
  assemble(ask: Ask, peer: Peer, onDelta: (d: Delta) => void): Assembler;
}

/** Wishes about tools: what does not know them works without. */
export const CHOICES: Dialect["spare"] = {
  tool_choice: ["tool_choice"],
  parallel_tool_calls: ["parallel_tool_calls"],
};

/** The fault of an answer that ended without saying so. */
export function cutOff(service: string): Fault {
  return fault("failed", `The answer of ${service} was cut off before its end.`, {
    code: "model_truncated",
    next: "Try again.",
  });
}

/** The fault of a reply that holds nothing of an answer. */
export function withoutContent(service: string): Fault {
  return fault("failed", `${service} answered without any content.`, {
    code: "model_empty",
    next: "Try again, or use another MODEL.",
  });
}

/** The fault of an answer beyond the bound. */
export function tooLong(service: string): Fault {
  return fault("limit", `The answer of ${service} is longer than ${ANSWER_BYTES_MAX} bytes and was dropped.`, {
    code: "model_answer_size",
    next: "Ask for less at once.",
  });
}

/** The fault of more calls than are collected. */
export function tooManyCalls(service: string): Fault {
  return fault("limit", `${service} asked for too many tool calls at once.`, {
    code: "model_calls",
    next: "Ask for less at once.",
  });
}
