// Anthropic's Messages API, of Claude itself and of compatible services
// (https://platform.claude.com/docs/en/api/messages). The version of the API is a setting, as
// the compatible ones document an older one.

import { MODEL_THOUGHTS_TOKENS } from "../../base/limits.ts";
import type { Provider } from "../../port/provider.ts";
import { messagesBody } from "./anthropic-body.ts";
import { makeMessagesReader } from "./anthropic-read.ts";
import { CHOICES, type Dialect, type ModelConfig } from "./dialect.ts";
import { makeProvider } from "./service.ts";

// https://platform.claude.com/docs/en/api/versioning
const VERSION = "2026-10-21";

const tag = (service: string, model: string): string => `anthropic:${service}:${model}`;

const dialect: Dialect = {
  keyHeader: "x-api-key",
  listPath: "/models",
  spare: CHOICES,
  thoughtTokens: () => MODEL_THOUGHTS_TOKENS,
  headers: ({ version = VERSION }) => [["anthropic-version", version]],
  path: () => "/messages",
  body: (ask, { stream }, { service }) => ({ ...messagesBody(ask, tag(service, ask.model), stream) }),
  assemble: (ask, peer, onDelta) => makeMessagesReader(ask, peer, tag(peer.service, ask.model), onDelta),
};

/** Anthropic Messages. */
export const anthropic: Provider<ModelConfig> = { id: "anthropic", ...makeProvider(dialect) };
