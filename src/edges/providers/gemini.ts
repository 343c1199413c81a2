// Google Gemini's generateContent (https://ai.google.dev/api/generate-content).

import { MODEL_THOUGHTS_TOKENS } from "../../base/limits.ts";
import { percentEncode } from "../../base/url.ts";
import type { Ask, Provider } from "../../port/provider.ts";
import type { Dialect, ModelConfig } from "./dialect.ts";
import { generateBody } from "./gemini-body.ts";
import { makeGenerateReader } from "./gemini-read.ts";
import { makeProvider } from "./service.ts";

// A signature of one model is corrupt for another.
const tag = (service: string, model: string): string => `gemini:${service}:${model}`;

/** "models/x" and "tunedModels/x" are whole names, "x" is short for the first. */
function place({ model }: Ask): string {
  const name = model.includes("/") ? model : `models/${model}`;
  return name.split("/").map(percentEncode).join("/");
}

const dialect: Dialect = {
  keyHeader: "x-goog-api-key",
  listPath: "/models",
  spare: {},
  thoughtTokens: () => MODEL_THOUGHTS_TOKENS,
  headers: () => [],
  path: (ask, { stream }) => `/${place(ask)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  body: (ask, _config, { service }) => ({ ...generateBody(ask, tag(service, ask.model)) }),
  assemble: (ask, peer, onDelta) => makeGenerateReader(ask, peer, tag(peer.service, ask.model), onDelta),
};

/** Gemini generateContent. */
export const gemini: Provider<ModelConfig> = { id: "gemini", ...makeProvider(dialect) };
