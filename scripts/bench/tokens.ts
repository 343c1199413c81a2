// What a question costs in tokens before a word is said: the tools as they stand in the
// request, the system prompt, and the facts of the simulated router that follow the words.

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { run, startSim } from "../../test/support/program.ts";
import { makeChat } from "./chat.ts";
import type { Found } from "./figure.ts";
import { startModel } from "./model.ts";

/** Counted from one real request. */
export async function tokens(): Promise<Found> {
  const [model, sim, chat] = [await startModel(), await startSim(), makeChat(1)];
  const agent = run(["gateway", "--port", "0", "--json"], { ...sim.env, ...model.env, ...chat.env });
  try {
    const { port } = (await agent.event("listening")) as { port: number };
    await chat.turns(port, 1, () => ({ message: "hello" }));
  } finally {
    await agent.stop();
    chat.close();
    await model.close();
    await sim.stop();
  }
  const asked = model.last();
  const tools = asked?.tools;
  const system = asked?.messages[0];
  const [, rules = "", facts = ""] = /^(.*\n\n)(The time is .*)$/s.exec(String(system?.content ?? "")) ?? [];
  if (!Array.isArray(tools) || system?.role !== "system")
    throw new Error("the request has no tools or no system prompt");
  const each = tools.map((tool: { function: { name: string } }) => {
    return `${String(countTokens(JSON.stringify(tool))).padStart(6)} tokens: ${tool.function.name}`;
  });
  return {
    title: "Tokens of every question",
    command:
      "o200k_base (gpt-tokenizer) of `tools`, the rules and the router's facts of `messages[0].content` in one request, as JSON text",
    state: `router: simulated; ${tools.length} tools`,
    figures: [
      { key: "tokens.tools", unit: "tokens", values: [countTokens(JSON.stringify(tools))] },
      { key: "tokens.system", unit: "tokens", values: [countTokens(rules)] },
      { key: "tokens.facts", unit: "tokens", values: [countTokens(facts)] },
    ],
    notes: each,
  };
}
