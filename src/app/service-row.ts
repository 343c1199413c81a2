// One model service as data. A {VARIABLE} in a base URL is taken from the configuration.

import type { ModelConfig } from "../edges/providers/dialect.ts";

type Quirks = Pick<
  ModelConfig,
  "keyHeader" | "tokensField" | "version" | "nineIds" | "promptedTools" | "toolChoice" | "extra" | "pick"
>;

/** One row a service. `keys` in order of preference; none means that no key is needed. */
export interface Service extends Quirks {
  readonly id: string;
  readonly title: string;
  /** Which of catalog/providers.ts speaks with it. */
  readonly dialect: "openai" | "openai-responses" | "anthropic" | "gemini" | "ollama";
  readonly baseUrl: string;
  readonly keys: readonly string[];
  readonly docs: string;
  /** Works without a key: a server of one's own. */
  readonly keyless?: boolean;
  /** Other names by which people know it. */
  readonly also?: readonly string[];
  /** Used when MODEL is not set; only where the service itself names a general one. */
  readonly model?: string;
  /** Why it cannot be used any more, and what can. */
  readonly retired?: string;
}

type More = Partial<Omit<Service, "id" | "title" | "baseUrl" | "keys" | "docs">>;

/** A row; `keys` are separated by spaces. */
export function row(id: string, title: string, baseUrl: string, keys: string, docs: string, more: More = {}): Service {
  return { id, title, dialect: "openai", baseUrl, keys: keys === "" ? [] : keys.split(" "), docs, ...more };
}
