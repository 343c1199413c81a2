// OpenAI chat completions, which most model services and local servers speak
// (https://platform.openai.com/docs/api-reference/chat). Streams or not, as configured; reads
// either form whatever was asked for.

import type { Provider } from "../../port/provider.ts";
import type { Dialect, ModelConfig } from "./dialect.ts";
import { makeAssembler } from "./openai-stream.ts";
import { requestBody } from "./openai-wire.ts";
import { makeProvider } from "./service.ts";

const dialect: Dialect = {
  keyHeader: "authorization",
  listPath: "/models",
  spare: {
    stream_options: ["stream_options"],
    max_completion_tokens: ["max_completion_tokens"],
    max_tokens: ["max_tokens"],
  },
  headers: () => [],
  path: () => "/chat/completions",
  body: (ask, { tokensField, stream, nineIds }, { service }) => ({
    ...requestBody(ask, {
      service,
      stream,
      nineIds,
      // Only OpenAI itself has renamed the field; its reasoning models refuse the old name.
      tokensField: tokensField ?? (service === "api.openai.com" ? "max_completion_tokens" : "max_tokens"),
    }),
  }),
  assemble: makeAssembler,
};

/** OpenAI chat completions. */
export const openai: Provider<ModelConfig> = { id: "openai", ...makeProvider(dialect) };
