// What a question costs in tokens: before a word is said (the tools as they stand in the request,
// the system prompt, the facts of the simulated router), and in each turn of a conversation that
// reads much of the router and becomes too long to be sent whole.

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { run, startSim } from "../../test/support/program.ts";
import { makeChat } from "./chat.ts";
import type { Found } from "./figure.ts";
import { LOOK, startModel } from "./model.ts";

const TURNS = 40;

interface Body {
  tools?: Array<{ function: { name: string } }>;
  messages: Array<{ role: string; content: string }>;
}

/** The bodies of the first question, and of a conversation whose turns read a table each. */
async function bodies(): Promise<{ first: Body; talk: readonly string[] }> {
  const asked: string[] = [];
  const [model, sim, chat] = [await startModel((body) => asked.push(body)), await startSim(), makeChat(1)];
  const agent = run(["gateway", "--port", "0", "--json"], { ...sim.env, ...model.env, ...chat.env });
  try {
    const { port } = (await agent.event("listening")) as { port: number };
    await chat.turns(port, 1, () => ({ message: "hello" }));
    // One after the other: the next turn holds the answer of the last one.
    for (let n = 0; n < TURNS; n += 1) {
      const message = `${LOOK} question ${n}: who of them is new, and what do they do? ${"Please be exact. ".repeat(20)}`;
      await chat.turns(port, 1, () => ({ message, chat: "long" }));
    }
  } finally {
    await agent.stop();
    chat.close();
    await model.close();
    await sim.stop();
  }
  const [first = "{}", ...talk] = asked;
  return { first: JSON.parse(first) as Body, talk };
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

/** What a cache could serve of each body: where it begins as the one before. Tools stand first there. */
function cachedShare(talk: readonly string[]): number {
  const texts = talk.map((body) => {
    const { tools, messages } = JSON.parse(body) as Body;
    return JSON.stringify({ tools, messages });
  });
  const alike = texts.slice(1).map((text, i) => {
    const before = texts[i] ?? "";
    let at = 0;
    while (at < text.length && text[at] === before[at]) at += 1;
    return at / text.length;
  });
  return 100 * mean(alike);
}

/** Counted from real requests. */
export async function tokens(): Promise<Found> {
  const { first, talk } = await bodies();
  const { tools, messages } = first;
  const system = messages[0];
  const [, rules = "", facts = ""] = /^(.*\n\n)(The time is .*)$/s.exec(String(system?.content ?? "")) ?? [];
  if (!Array.isArray(tools) || system?.role !== "system")
    throw new Error("the request has no tools or no system prompt");
  const each = tools.map((tool) => {
    return `${String(countTokens(JSON.stringify(tool))).padStart(6)} tokens: ${tool.function.name}`;
  });
  const sent = talk.map((body) => ({ bytes: Buffer.byteLength(body), tokens: countTokens(body) }));
  const ofTurn = talk.length / TURNS;
  return {
    title: "Tokens of every question",
    command:
      "o200k_base (gpt-tokenizer) of `tools`, the rules and the router's facts of `messages[0].content` in one request, as JSON text",
    state: `router: simulated; ${tools.length} tools; one conversation of ${TURNS} turns, ${talk.length} questions`,
    figures: [
      { key: "tokens.tools", unit: "tokens", values: [countTokens(JSON.stringify(tools))] },
      { key: "tokens.system", unit: "tokens", values: [countTokens(rules)] },
      { key: "tokens.facts", unit: "tokens", values: [countTokens(facts)] },
      { key: "tokens.turn", unit: "tokens", values: [mean(sent.map((s) => s.tokens)) * ofTurn] },
      { key: "tokens.turn.bytes", unit: "bytes", values: [mean(sent.map((s) => s.bytes)) * ofTurn] },
      { key: "tokens.turn.alike", unit: "%", values: [cachedShare(talk)] },
    ],
    notes: [...each, `largest question of the conversation: ${Math.max(...sent.map((s) => s.tokens))} tokens`],
  };
}
