// What was learned of a service while it was used: fields that it refuses, and the model that
// was picked for it. Some take only the fields they know (Mistral, Cerebras, Groq), and say
// which one they do not; that one is then left out.

import type { Fault } from "../../base/fault.ts";
import type { Dialect, ModelConfig } from "./dialect.ts";
import type { Fields } from "./values.ts";

interface Learned {
  readonly refused: Set<string>;
  /** Picked from the service's list; "" until then. */
  model: string;
  /** The model takes tools in the prompt only. */
  prompted: boolean;
  /** True when `f` says what was too much in the body that was sent; it is left out from now on. */
  add(dialect: Dialect, f: Fault, sent: Fields): boolean;
}

const REFUSAL = /not support|unsupported|unknown|unrecogni[sz]ed|unexpected|extra|not permitted|not allowed|invalid/;

// Ollama; OpenRouter; llama.cpp and vLLM where they were started without tools; Groq and others.
const TOOLLESS =
  /(does not|doesn't) support (tool(?!_choice)|function)|support tool use|(tools?|functions?)( calling| use)?`? (is|are) not (supported|enabled)|tools param requires|enable-auto-tool-choice/;

const known = new WeakMap<ModelConfig, Learned>();

/** What is known of the service of this configuration. */
export function learnedOf(config: ModelConfig): Learned {
  const found = known.get(config);
  if (found !== undefined) return found;
  const refused = new Set<string>();
  const made: Learned = {
    refused,
    model: "",
    prompted: false,
    add({ spare }, f, sent) {
      const said = f.what.toLowerCase();
      if (sent["tools"] !== undefined && !made.prompted && TOOLLESS.test(said)) {
        made.prompted = true;
        return true;
      }
      if (f.code !== "model_refused") return false;
      if (!REFUSAL.test(said)) return false;
      const field = Object.keys(spare).find((name) => name in sent && spare[name]?.some((w) => said.includes(w)));
      if (field === undefined) return false;
      refused.add(field);
      return true;
    },
  };
  known.set(config, made);
  return made;
}

/** `body` without what its service refuses. */
export function without({ refused }: Learned, body: Fields): Fields {
  if (refused.size === 0) return body;
  const out: Fields = {};
  for (const [name, value] of Object.entries(body)) if (!refused.has(name)) out[name] = value;
  // An answer without any bound costs what it likes, so the other name is tried.
  if (refused.has("max_completion_tokens") && !refused.has("max_tokens")) {
    out["max_tokens"] = body["max_completion_tokens"];
  } else if (refused.has("max_tokens") && !refused.has("max_completion_tokens")) {
    out["max_completion_tokens"] = body["max_tokens"];
  }
  return out;
}
