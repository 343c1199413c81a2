// OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses), the
// form that OpenAI's newest models are made for.

import { MODEL_THOUGHTS_TOKENS } from "../../base/limits.ts";
import type { Provider } from "../../port/provider.ts";
import { CHOICES, type Dialect, type ModelConfig } from "./dialect.ts";
import { responsesBody } from "./openai-responses-body.ts";
import { makeResponseReader } from "./openai-responses-read.ts";
import { makeProvider } from "./service.ts";

const tag = (service: string, model: string): string => `openai-responses:${service}:${model}`;

const dialect: Dialect = {
  keyHeader: "authorization",
  listPath: "/models",
  // Models without reasoning refuse to seal it.
  spare: { include: ["encrypted content", "encrypted_content", "include"], store: ["store"], ...CHOICES },
  thoughtTokens: () => MODEL_THOUGHTS_TOKENS,
  headers: () => [],
  path: () => "/responses",
  body: (ask, { stream }, { service }) => ({ ...responsesBody(ask, tag(service, ask.model), stream) }),
  assemble: (ask, peer, onDelta) => makeResponseReader(ask, peer, tag(peer.service, ask.model), onDelta),
};

/** OpenAI Responses. */
export const responses: Provider<ModelConfig> = { id: "openai-responses", ...makeProvider(dialect) };
