// What models may cost in a day: counted, warned of at 80 %, refused at 100 %, kept in rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BUDGET_KEYS_MAX } from "../../../src/base/limits-models.ts";
import { saySpent } from "../../../src/core/budget.ts";
import { costOf, parseLimit, sayLimit, sayPrice, writeLimit } from "../../../src/core/budget-limit.ts";
import type { Link } from "../../../src/core/failover-types.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import type { Answer } from "../../../src/port/provider.ts";
import { fakeRouter, link, makeWorld, says, type World } from "../../support/core-world.ts";
import { virtualTime } from "../../support/fake-host.ts";
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
    ["1000000m", null],
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
  const spent = { tokens: 10, microUsd: 0, unpriced: 10, guessed: 0, told: false };
  assert.equal(saySpent(spent), "10 tokens (10 of them without a known price)");
  assert.equal(saySpent({ ...spent, unpriced: 0, guessed: 4 }), "10 tokens (4 estimated), 0.00 USD");
  assert.equal(
    sayPrice({ inUsd: 0.5, outUsd: 2, cachedUsd: 0, date: "2024-02-29" }),
    "0.5/2 USD a million (2024-02-29)",
  );
  assert.equal(sayPrice({ inUsd: 0, outUsd: 0, cachedUsd: 0 }), "free");
});

test("a limit is kept to the last millionth, however little it is", () => {
  for (const text of [
    "$0.000001",
    "0.005 usd",
    "1.234567usd",
    "12 34.5usd",
    "0",
    "off",
    "999999m",
    "999999999.5 usd",
  ]) {
    const limit = parseLimit(text);
    assert.ok(limit !== null);
    assert.deepEqual(parseLimit(writeLimit(limit)), limit, text);
  }
});

test("exactly at a bound: 79.9 % says nothing, 80 % is told, 99.9 % is asked, 100 % is not", async () => {
  for (const [first, second, said, asked] of [
    [799, 200, /^ok$/, /^ok\n\[100 %/],
    [800, 199, /^ok\n\[80 %/, /^ok$/],
    [1_000, 1, /^ok\n\[100 %/, /is used up/],
  ] as const) {
    const w = makeWorld({ script: [costs(first), costs(second)], budgets: { owner: { tokens: 1_000 } } });
    assert.match(await told(w, "one"), said, `${first}`);
    assert.match(await told(w, "two"), asked, `${first}`);
    await w.end();
  }
});

test("a clock that is set back, or for the first time, renews no budget; midnight does", async () => {
  const wall = { shiftMs: 0 };
  const time = virtualTime();
  const shifted = { ...time, clock: { ...time.clock, wallMs: () => time.clock.wallMs() + wall.shiftMs } };
  const w = makeWorld({ time: shifted, always: async () => costs(600), budgets: { day: { tokens: 1_000 } } });
  // Nobody has told it the time.
  wall.shiftMs = -time.clock.wallMs() + 3_600_000;
  await told(w, "one");
  wall.shiftMs = 0;
  assert.match(await told(w, "two"), /120 % of the model budget/);
  assert.match(await told(w, "three"), /used up/);
  wall.shiftMs = -2 * DAY_MS;
  assert.match(await told(w, "four"), /used up/, "yesterday does not begin anew");
  await time.pass(DAY_MS);
  assert.equal(await told(w, "five"), "ok", "but the day after it does");
  await w.end();
});

test("what a service does not count is estimated, said so, and counts; nonsense does not", async () => {
  const nothing = { inTokens: 0, outTokens: 0, cachedTokens: 0 };
  const w = makeWorld({
    always: async () => ({ ...says("word ".repeat(300)), usage: nothing }),
    budgets: { chat: { tokens: 500 } },
  });
  await told(w, "hello");
  assert.match(await told(w, "/budget"), /chat +(\d+) tokens \(\1 of them without a known price, \1 estimated\)/);
  await told(w, "more");
  assert.match(await told(w, "more"), /is used up/);
  await w.end();
  const usage = { inTokens: Number.NaN, outTokens: -5, cachedTokens: Infinity };
  const v = makeWorld({ always: async () => ({ ...says("ok"), usage }), budgets: { chat: { tokens: 500 } } });
  assert.equal(await told(v, "hi"), "ok");
  assert.match(await told(v, "/budget"), /chat +0 tokens/);
  await v.end();
});

test("a budget in money says once that a model has no price", async () => {
  const w = makeWorld({ always: async () => costs(10), budgets: { day: { microUsd: 5_000_000 } } });
  assert.match(await told(w, "one"), /\[A budget in USD is set, but MODEL_PRICES has no price for this model/);
  assert.equal(await told(w, "two"), "ok");
  await w.end();
});

test("/budget says how old prices are, and that a start forgets where the store does", async () => {
  const date = "2024-02-29";
  const dated = { ...link("p", async () => costs(1)), price: { inUsd: 1, outUsd: 4, cachedUsd: 0, date } };
  const w = makeWorld({ links: [dated] });
  assert.match(
    await told(w, "/budget"),
    /the oldest of 2024-02-29\.\nCounted since the start .* ago; .* end with the program\./,
  );
  assert.match(await told(w, "/model"), /p +ready +0 answers +1\/4 USD a million \(2024-02-29\)\n/);
  await w.end();
  const store = { ...makeRamStore(), keeps: "disk" as const };
  const v = makeWorld({ store });
  assert.doesNotMatch(await told(v, "/budget"), /since the start|prices/i);
  await v.end();
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

test("/model tells who is asked first and why, how fast a model begins, and its context", async () => {
  const small = { toolless: false, local: false, small: true, contextTokens: 8_192 };
  const slow = link("one", async () => {
    await w.time.clock.sleep(w.scope, 2_500);
    return says("by one");
  });
  const lte = fakeRouter({ "/ip/route": [{ "immediate-gw": "100.64.0.1%lte1", distance: "1" }] });
  const w = makeWorld({ links: [slow, { ...link("two", async () => says("by two")), traits: small }], router: lte });
  assert.match(
    await told(w, "/model"),
    /\(chat; way to the internet: metered\) goes first to two \(rule wan=metered:small\)\./,
  );
  await told(w, "/model one");
  await w.tell("why is it slow?");
  await w.time.pass(3_000);
  const text = await told(w, "/model");
  assert.match(text, /\(diagnosis; way to the internet: metered\) goes first to one \(chosen in this chat\)\./);
  assert.match(text, /one \* +ready +1 answer +begins after 2\.5 s\ntwo +ready +0 answers +8192 tokens\n/);
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
