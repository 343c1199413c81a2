// What models may cost in a day: counted, warned of at 80 %, refused at 100 %, kept in rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BUDGET_KEYS_MAX } from "../../../src/base/limits-models.ts";
import { saySpent } from "../../../src/core/budget.ts";
import { costOf, parseLimit, sayLimit } from "../../../src/core/budget-limit.ts";
import type { Link } from "../../../src/core/failover-types.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import type { Answer } from "../../../src/port/provider.ts";
import { link, makeWorld, says, type World } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const DAY_MS = 86_400_000;

/** An answer that costs so many tokens. */
function costs(inTokens: number, outTokens = 0): Answer {
  return { ...says("ok"), usage: { inTokens, outTokens, cachedTokens: 0 } };
}

async function told(w: World, text: string, more = {}): Promise<string> {
  await w.tell(text, more);
  return w.texts().at(-1) ?? "";
}

test("limits as people write them", () => {
  const rows: ReadonlyArray<readonly [string, object | null]> = [
    ["200000", { tokens: 200_000 }],
    ["200k", { tokens: 200_000 }],
    ["1.5m tokens", { tokens: 1_500_000 }],
    ["2 usd", { microUsd: 2_000_000 }],
    ["$0.25", { microUsd: 250_000 }],
    ["100k, 1usd", { tokens: 100_000, microUsd: 1_000_000 }],
    ["OFF", {}],
    ["0", { tokens: 0 }],
    ["", null],
    ["much", null],
    ["-5", null],
    ["2 eur", null],
  ];
  for (const [text, limit] of rows) assert.deepEqual(parseLimit(text), limit, text);
  fc.assert(
    fc.property(fc.record({ tokens: fc.nat(), microUsd: fc.nat(1e6).map((cents) => cents * 10_000) }), (limit) => {
      assert.deepEqual(parseLimit(sayLimit(limit)), { ...limit });
    }),
    { seed: SEED, numRuns: RUNS(100) },
  );
});

test("a price is known or not, never guessed; cached tokens have their own", () => {
  const usage = { inTokens: 1_000_000, outTokens: 500_000, cachedTokens: 400_000 };
  assert.equal(costOf({ inUsd: 2, outUsd: 10, cachedUsd: 0.5 }, usage), 6_400_000);
  assert.equal(costOf(undefined, usage), null);
  assert.equal(
    saySpent({ tokens: 10, microUsd: 0, unpriced: 10, told: false }),
    "10 tokens (10 of them without a known price)",
  );
});

test("told at 80 %, refused at 100 %, anew on the next day", async () => {
  const w = makeWorld({ always: async () => costs(400), budgets: { day: { tokens: 1_000 } } });
  assert.equal(await told(w, "one"), "ok");
  assert.match(await told(w, "two"), /^ok\n\[80 % of the model budget for today \(1000 tokens\) is used\.\]$/);
  assert.equal(await told(w, "three"), "ok", "told once");
  assert.match(await told(w, "four"), /^The model budget for today \(1000 tokens\) is used up\. .*\/budget day/);
  assert.equal(w.asks.length, 3);
  assert.match(await told(w, "/usage"), /1200 tokens/, "commands go on");
  await w.time.pass(DAY_MS);
  assert.equal(await told(w, "five"), "ok");
  await w.end();
});

test("a budget is set, shown and taken away in a chat, and holds in the middle of a turn", async () => {
  let asked = 0;
  const w = makeWorld({
    always: async () => {
      asked += 1;
      return { ...says("", [["echo", { q: `${asked}` }]]), usage: { inTokens: 600, outTokens: 0, cachedTokens: 0 } };
    },
  });
  assert.match(await told(w, "/budget chat 1k"), /set\.\n.*chat +0 tokens.* +1000 tokens/s);
  assert.match(await told(w, "go"), /budget for this chat today \(1000 tokens\) is used up/);
  assert.equal(asked, 2);
  assert.match(await told(w, "/budget chat off"), /set/);
  assert.match(await told(w, "/budget monthly 5"), /no budget.*\/budget day 200000/);
  assert.match(await told(w, "/budget"), /owner \(you\) +1200 tokens/);
  await w.end();
});

test("budgets of one chat and one person do not count others", async () => {
  const w = makeWorld({ always: async () => costs(1_000), budgets: { chat: { tokens: 1_000 } } });
  assert.match(await told(w, "hi"), /^ok/);
  assert.match(await told(w, "hi"), /used up/);
  assert.match(await told(w, "hi", { chat: "8", sender: "8" }), /^ok/);
  await w.end();
  const v = makeWorld({ always: async () => costs(1_000), budgets: { owner: { tokens: 1_000 } } });
  await told(v, "hi", { chat: "8" });
  assert.match(await told(v, "hi", { chat: "9" }), /budget for you today .*used up/);
  assert.match(await told(v, "hi", { chat: "8", sender: "8" }), /^ok/);
  await v.end();
});

test("money counts where the price is known", async () => {
  const priced: Link = {
    ...link("p", async () => costs(100_000, 100_000)),
    price: { inUsd: 1, outUsd: 4, cachedUsd: 0 },
  };
  const w = makeWorld({ links: [priced], budgets: { day: { microUsd: 1_000_000 } } });
  assert.equal(await told(w, "hi"), "ok");
  assert.match(await told(w, "hi"), /used\.\]$/);
  assert.match(await told(w, "hi"), /\(1\.00 USD\) is used up/);
  assert.match(await told(w, "/budget"), /400000 tokens, 1\.00 USD/);
  await w.end();
});

test("what was used and set is in the rows: another process goes on counting", async () => {
  const store = makeRamStore();
  const w = makeWorld({ store, always: async () => costs(600) });
  await told(w, "/budget day 1000");
  await told(w, "hi");
  await w.end();
  const v = makeWorld({ store, always: async () => costs(600), time: w.time });
  assert.match(await told(v, "hi", { messageId: "900" }), /120 % of the model budget/);
  assert.match(await told(v, "hi", { messageId: "901" }), /used up/);
  await v.end();
});

test("not more than BUDGET_KEYS_MAX counts are held, and the day's own is not lost", async () => {
  const owners = Array.from({ length: BUDGET_KEYS_MAX }, (_, i) => `${i}`);
  const w = makeWorld({ owners, always: async () => costs(1) });
  for (const sender of owners) await w.tell("hi", { sender, chat: sender });
  assert.match(
    await told(w, "/budget", { sender: "0", chat: "0" }),
    new RegExp(`day \\(all chats\\) +${BUDGET_KEYS_MAX} tokens`),
  );
  await w.end();
});

test("/model shows the chain, prefers one in this chat alone, and knows near names", async () => {
  const links = [link("one", async () => says("by one")), link("groq/two", async () => says("by two"))];
  const w = makeWorld({ links });
  assert.match(await told(w, "/model"), /one +ready +0 answers\ngroq\/two +ready/);
  assert.match(await told(w, "/model 2"), /asks groq\/two first/);
  assert.equal(await told(w, "hi"), "by two");
  assert.equal(await told(w, "hi", { chat: "8", sender: "8" }), "by one");
  assert.match(await told(w, "/model"), /groq\/two \* +ready +1 answer/);
  await told(w, "/model auto");
  assert.equal(await told(w, "hi"), "by one");
  assert.match(await told(w, "/model onne"), /Did you mean one\?/);
  assert.match(await told(w, "/model reload"), /Nothing can be read again/);
  await w.end();
  const none = makeWorld({ links: null });
  assert.match(await told(none, "/model"), /No language model/);
  await none.end();
});
