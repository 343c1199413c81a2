// One line a model dialect.
export { anthropic } from "../../edges/providers/anthropic.ts";
export { gemini } from "../../edges/providers/gemini.ts";
export { ollama } from "../../edges/providers/ollama.ts";
export { openai } from "../../edges/providers/openai.ts";
export { responses } from "../../edges/providers/openai-responses.ts";
