// One line a model dialect.
export { openai } from "../../edges/providers/openai.ts";
