// OpenAI chat completions, which most model services and local servers speak
// (https://platform.openai.com/docs/api-reference/chat). Streams or not, as configured; reads
// either form whatever was asked for.

import { MODEL_THOUGHTS_TIGHT_TOKENS, MODEL_THOUGHTS_TOKENS } from "../../base/limits.ts";
import type { Provider } from "../../port/provider.ts";
import { CHOICES, type Dialect, type ModelConfig } from "./dialect.ts";
import type { Peer } from "./errors.ts";
import { makeAssembler } from "./openai-stream.ts";
import { requestBody, type TokensField } from "./openai-wire.ts";
import { makeProvider } from "./service.ts";

// Only OpenAI itself has renamed the field; its reasoning models refuse the old name.
const fieldOf = ({ tokensField }: ModelConfig, { service }: Peer): TokensField =>
  tokensField ?? (service === "api.openai.com" ? "max_completion_tokens" : "max_tokens");

const dialect: Dialect = {
  keyHeader: "authorization",
  listPath: "/models",
  spare: {
    stream_options: ["stream_options"],
    max_completion_tokens: ["max_completion_tokens"],
    max_tokens: ["max_tokens"],
    cache_control: ["cache_control"],
    ...CHOICES,
  },
  // The new name came with models that think.
  thoughtTokens: (config, peer) =>
    fieldOf(config, peer) === "max_tokens" ? MODEL_THOUGHTS_TIGHT_TOKENS : MODEL_THOUGHTS_TOKENS,
  headers: () => [],
  path: () => "/chat/completions",
  body: (ask, config, peer) => ({
    ...requestBody(ask, {
      service: peer.service,
      stream: config.stream,
      nineIds: config.nineIds,
      toolChoice: config.toolChoice,
      tokensField: fieldOf(config, peer),
    }),
    // Of all its models only Claude caches nothing unasked
    // (https://openrouter.ai/docs/guides/best-practices/prompt-caching).
    ...(peer.service === "openrouter.ai" && ask.model.startsWith("anthropic/")
      ? { cache_control: { type: "ephemeral" } }
      : {}),
  }),
  assemble: makeAssembler,
};

/** OpenAI chat completions. */
export const openai: Provider<ModelConfig> = { id: "openai", ...makeProvider(dialect) };
