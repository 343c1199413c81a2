// Who is asked first, and why: rules by link, kind, chat, price and speed; what a model cannot;
// what may wait for a better way; and the question as a model with a small context gets it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault } from "../../../src/base/fault.ts";
import {
  CONTEXT_TOKENS_MIN,
  FIRST_TOKEN_KEPT_MS,
  HEARD_UNITS_MAX,
  LINK_WAIT_MS,
  TOKEN_SCALE_MAX,
  TOKEN_SCALE_MIN,
} from "../../../src/base/limits-context.ts";
import { LINK_STATE_MS } from "../../../src/base/limits-models.ts";
import {
  counted,
  fitAsk,
  heardAfter,
  limitOf,
  makeLearned,
  tokensOfAsk,
  tokensSent,
  wasTooLong,
} from "../../../src/core/compact-ask.ts";
import {
  type Candidate,
  explain,
  mayRest,
  order,
  type Rule,
  USUAL_RULES,
  type Wish,
} from "../../../src/core/failover-route.ts";
import type { Question } from "../../../src/core/failover-types.ts";
import { taskOf } from "../../../src/core/task-kind.ts";
import type { Message } from "../../../src/port/provider.ts";
import type { RosRow } from "../../../src/port/router.ts";
import { fakeRouter, link, makeWorld, says } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

type Traits = Partial<Candidate["traits"]>;
const NONE = { toolless: false, local: false, small: false };

function model(name: string, traits: Traits = {}, usd?: number, firstMs = 0): Candidate {
  const price = usd === undefined ? {} : { price: { inUsd: usd, outUsd: usd * 4, cachedUsd: 0 } };
  const learned = { ...makeLearned(), firstMs };
  return { name, traits: { ...NONE, ...traits }, link: price, learned, tooLongBytes: Infinity, blind: false };
}

const ALL = [
  model("big/one", {}, 5, 2_000),
  model("mini/a", { small: true }, 1, 900),
  model("home", { local: true, contextTokens: 8_192 }, 0, 4_000),
  model("mini/b", { small: true }, 0.5, 400),
];
const TOOL = { name: "t", purpose: "does it", schemaJson: "{}" };
const ask = (text = "hi", more: Partial<Question> = {}): Question => ({
  ...{ system: "", messages: [{ role: "user", text }], tools: [TOOL], maxTokens: 100 },
  ...more,
});
const named = (all: readonly Candidate[]): string =>
  all.map((c) => c.name.replace("mini/", "").replace("big/", "")).join(" ");

test("who is asked, in what order and why", () => {
  const long = "word ".repeat(20_000);
  const rows: ReadonlyArray<
    readonly [what: string, wish: Partial<Wish>, rules: readonly Rule[], q: Question, order: string, why: string]
  > = [
    ["nothing special", {}, [], ask(), "one a home b", "the first of the chain"],
    ["usual, good", {}, USUAL_RULES, ask(), "one a home b", "the first of the chain"],
    ["usual, metered", { wan: "metered" }, USUAL_RULES, ask(), "home a b one", "rule wan=metered:local"],
    [
      "usual, weak, b was last",
      { wan: "weak", last: "mini/b" },
      USUAL_RULES,
      ask(),
      "home b a one",
      "rule wan=weak:local",
    ],
    ["chosen", { chosen: "mini/b" }, USUAL_RULES, ask(), "b one a home", "chosen in this chat"],
    [
      "chosen beats rules",
      { chosen: "big/one", wan: "weak" },
      USUAL_RULES,
      ask(),
      "one home a b",
      "chosen in this chat",
    ],
    ["a name", {}, [{ prefer: "mini/b" }], ask(), "b one a home", "rule any:mini/b"],
    ["a service", {}, [{ prefer: "mini" }], ask(), "a b one home", "rule any:mini"],
    ["no such name", {}, [{ prefer: "min" }], ask(), "one a home b", "the first of the chain"],
    ["cheap", {}, [{ prefer: "cheap" }], ask(), "home b a one", "rule any:cheap"],
    ["fast", {}, [{ prefer: "fast" }], ask(), "b a one home", "rule any:fast"],
    ["cheap of the small", {}, [{ prefer: "small" }, { prefer: "cheap" }], ask(), "b a home one", "rule any:small"],
    ["large", {}, [{ prefer: "large" }], ask(), "one home a b", "rule any:large"],
    ["cached", { last: "home" }, [{ prefer: "cached" }], ask(), "home one a b", "rule any:cached"],
    ["another channel", {}, [{ channel: "slack", prefer: "home" }], ask(), "one a home b", "the first of the chain"],
    ["this chat", {}, [{ chat: "7", prefer: "home" }], ask(), "home one a b", "rule chat=7:home"],
    ["its client's", { chat: "local:7" }, [{ chat: "7", prefer: "home" }], ask(), "home one a b", "rule chat=7:home"],
    ["another's", { chat: "77" }, [{ chat: "7", prefer: "home" }], ask(), "one a home b", "the first of the chain"],
    [
      "kind",
      { task: "change" },
      [{ task: "change", prefer: "cheap" }],
      ask(),
      "home b a one",
      "rule task=change:cheap",
    ],
    [
      "another kind",
      { task: "chat" },
      [{ task: "change", prefer: "cheap" }],
      ask(),
      "one a home b",
      "the first of the chain",
    ],
    [
      "all of it",
      { task: "chat", wan: "weak" },
      [{ task: "chat", wan: "weak", prefer: "home" }],
      ask(),
      "home one a b",
      "rule task=chat+wan=weak:home",
    ],
    [
      "half of it",
      { task: "chat" },
      [{ task: "chat", wan: "weak", prefer: "home" }],
      ask(),
      "one a home b",
      "the first of the chain",
    ],
    ["too long for home", { chosen: "home" }, [], ask(long), "home one a b", "chosen in this chat"],
  ];
  for (const [what, wish, rules, q, expected, why] of rows) {
    const whole: Wish = { channel: "telegram", chat: "7", wan: "good", ...wish };
    const found = order(ALL, rules, whole, q, 1);
    assert.equal(named(found), expected, what);
    assert.equal(explain(ALL, rules, whole, q, 1), `${found[0]?.name} (${why})`, what);
  }
});

test("of equals whoever takes all of a long conversation goes first", () => {
  const [one, , home] = ALL;
  const chain = [home, one].filter((c) => c !== undefined);
  const wish: Wish = { channel: "c", wan: "good" };
  assert.equal(named(order(chain, [], wish, ask(), 1)), "home one");
  assert.equal(named(order(chain, [], wish, ask("word ".repeat(20_000)), 1)), "one home");
  assert.equal(explain(chain, [], wish, ask("word ".repeat(20_000)), 1), "big/one (home has too small a context)");
  const taught = chain.map((c) => ({ ...c, traits: NONE, tooLongBytes: c === home ? 42 : Infinity }));
  assert.equal(named(order(taught, [], wish, ask("hi"), 1)), "one home", "and who said so itself");
});

test("what a model cannot do puts it last, whatever the rules say, never out", () => {
  const blind = { ...model("blind"), blind: true };
  const toolless = model("toolless", { toolless: true, local: true });
  const images = [{ mime: "image/png", data: "" }] as never;
  const shows = ask("", { messages: [{ role: "user", text: "look", images }] });
  const wish: Wish = { channel: "x", wan: "weak", chosen: "blind" };
  assert.equal(named(order([blind, toolless, ...ALL], USUAL_RULES, wish, shows, 1)), "home a b one blind toolless");
  assert.match(explain([blind, model("x")], [], wish, shows, 1), /^x \(blind takes no pictures\)$/);
  assert.equal(named(order([toolless, blind], [], wish, ask("", { tools: [] }), 1)), "blind toolless");
});

test("any chain, rules and wish: everybody is asked once, and equals keep their order", () => {
  const traits = fc.record({ toolless: fc.boolean(), local: fc.boolean(), small: fc.boolean() });
  const chain = fc.array(fc.tuple(traits, fc.option(fc.nat(9)), fc.nat(5_000)), { minLength: 1, maxLength: 8 });
  const rule = fc.record(
    {
      wan: fc.constantFrom("good", "metered", "weak"),
      task: fc.constantFrom("chat", "change", "background"),
      prefer: fc.constantFrom("small", "large", "local", "cheap", "fast", "cached", "wait", "m1", "toString"),
    },
    { requiredKeys: ["prefer"] },
  ) as fc.Arbitrary<Rule>;
  const wish = fc.record({
    wan: fc.constantFrom("good", "weak"),
    task: fc.constantFrom("chat", "change"),
    last: fc.constantFrom("m0", "m2"),
  });
  fc.assert(
    fc.property(chain, fc.array(rule, { maxLength: 6 }), wish, (drawn, rules, wished) => {
      const all = drawn.map(([t, usd, ms], i) => model(`m${i}`, t, usd ?? undefined, ms));
      const whole = { channel: "c", ...wished } as Wish;
      const found = order(all, rules, whole, ask(), 5);
      assert.deepEqual(new Set(found), new Set(all));
      assert.deepEqual(order(found, rules, whole, ask(), 5), found, "sorted stays sorted");
      if (rules.length === 0)
        assert.deepEqual(
          found.filter((c) => !c.traits.toolless),
          all.filter((c) => !c.traits.toolless),
        );
      assert.ok(explain(all, rules, whole, ask(), 5).startsWith(`${found[0]?.name} (`));
    }),
    { seed: SEED, numRuns: RUNS(200) },
  );
});

test("a first token is measured, smoothed, and forgotten after FIRST_TOKEN_KEPT_MS", () => {
  const slow = model("slow");
  const other = model("other", {}, undefined, 800);
  const first = (nowMs: number): string | undefined =>
    order([other, slow], [{ prefer: "fast" }], { channel: "c", wan: "good" }, ask(), nowMs)[0]?.name;
  assert.equal(first(0), "slow", "who was never measured is measured");
  heardAfter(slow.learned, 6_000, 1_000);
  assert.equal(slow.learned.firstMs, 6_000);
  heardAfter(slow.learned, 2_000, 1_000);
  assert.equal(slow.learned.firstMs, 4_000);
  other.learned.firstAtMs = 1_000;
  assert.equal(first(1_000 + FIRST_TOKEN_KEPT_MS), "other");
  other.learned.firstAtMs += 1;
  assert.equal(first(1_001 + FIRST_TOKEN_KEPT_MS), "slow", "asked again after a while");
  heardAfter(other.learned, 0, 1);
  assert.ok(other.learned.firstMs > 0, "no time at all is a measure too");
});

test("what may wait, waits: where a rule says so, and no model at home could answer", () => {
  const [one, , home] = ALL;
  const wish: Wish = { channel: "c", wan: "weak", task: "background", mayWait: true };
  assert.equal(mayRest(one, USUAL_RULES, wish), true);
  assert.equal(mayRest(home, USUAL_RULES, wish), false);
  assert.equal(mayRest(one, USUAL_RULES, { ...wish, wan: "good" }), false);
  assert.equal(mayRest(one, USUAL_RULES, { ...wish, task: "chat" }), false);
  assert.equal(mayRest(one, USUAL_RULES, { ...wish, mayWait: false }), false);
  assert.equal(mayRest(one, [{ wan: "weak", prefer: "wait" }], { ...wish, task: "chat" }), true);
});

test("over LTE a question without hurry is kept, and answered when the way is good or after LINK_WAIT_MS", async () => {
  for (const better of [true, false]) {
    const lte: RosRow[] = [{ "immediate-gw": "100.64.0.1%lte1", distance: "1" }];
    const router = fakeRouter({ "/ip/route": lte });
    const links = ["one", "two"].map((name) => link(name, async () => says("the answer")));
    const w = makeWorld({ links, router });
    await w.tell("no hurry: what is new?");
    const told = "and this can wait. I have kept your message and answer it when the way is better, or in an hour.";
    assert.ok(w.texts()[0]?.endsWith(told), w.texts()[0]);
    await w.tell("what is new?");
    assert.equal(w.texts().at(-1), "the answer", "others do not wait behind it");
    await w.time.pass(LINK_WAIT_MS - 2 * LINK_STATE_MS);
    assert.equal(w.texts().length, 2);
    if (better) router.menus["/ip/route"] = [{ "immediate-gw": "1.2.3.4%ether1", distance: "1" }];
    await w.time.pass(better ? 2 * LINK_STATE_MS - 1_000 : 4 * LINK_STATE_MS);
    assert.deepEqual(w.texts().slice(2), ["the answer"], `${better}`);
    await w.end();
  }
});

test("what waits for a better way is forgotten by /stop, and waits behind no model that is away", async () => {
  const lte: RosRow[] = [{ "immediate-gw": "100.64.0.1%lte1", distance: "1" }];
  const router = fakeRouter({ "/ip/route": lte });
  let isAway = false;
  const one = link("one", async () => (isAway ? fault("unreachable", "It is away.") : says("the answer")));
  const w = makeWorld({ links: [one], router });
  await w.tell("no hurry: what is new?");
  assert.match(w.texts()[0] ?? "", /this can wait/, "also with one model");
  await w.tell("/stop");
  assert.match(w.texts()[1] ?? "", /Not answered any more: 1 message/);
  await w.tell("no hurry: what is new?");
  isAway = true;
  await w.tell("hello");
  await w.time.pass(20_000);
  assert.match(w.texts()[3] ?? "", /answer it when a model is back/);
  isAway = false;
  router.menus["/ip/route"] = [{ "immediate-gw": "1.2.3.4%ether1", distance: "1" }];
  await w.time.pass(4 * LINK_STATE_MS);
  assert.deepEqual(w.texts().slice(4), ["the answer", "the answer"]);
  await w.end();
});

test("what a question is about", () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["hello", "chat"],
    ["thanks, good night", "chat"],
    ["why is the internet slow?", "diagnosis"],
    ["Warum ist das Internet so langsam?", "diagnosis"],
    ["who is 192.168.88.17", "diagnosis"],
    ["block the television", "change"],
    ["Sperre den Fernseher", "change"],
    ["打开访客网络", "change"],
    ["no hurry: block the television", "background"],
  ];
  for (const [text, kind] of rows) assert.equal(taskOf(text, [], false), kind, text);
  const after = (n: number): string => taskOf(`${"x".repeat(n - 6)} block`, [], false);
  assert.deepEqual([after(HEARD_UNITS_MAX), after(HEARD_UNITS_MAX + 1)], ["change", "chat"]);
  const looked: Message[] = [
    { role: "tool", callId: "a", text: "old", isError: false },
    { role: "user", text: "and?" },
  ];
  assert.equal(taskOf("and?", looked, false), "chat", "an earlier turn does not count");
  assert.equal(
    taskOf("and?", [...looked, { role: "tool", callId: "b", text: "", isError: false }], false),
    "diagnosis",
  );
  assert.equal(taskOf("and?", [], true), "change");
});

test("a small context gets fewer tools and less of the conversation, and its question whole", () => {
  const tools = Array.from({ length: 30 }, (_, i) => ({
    ...TOOL,
    name: i < 2 ? `routeros_${i}` : `t${i}`,
    purpose: "word ".repeat(80),
  }));
  const messages: Message[] = Array.from({ length: 40 }, (_, i): Message[] => [
    { role: "user", text: i === 0 ? "Never restart it. Hello." : `question ${i}` },
    { role: "assistant", parts: [{ kind: "text", text: "word ".repeat(200) }] },
  ]).flat();
  const q = ask("", {
    messages: [...messages, { role: "user", text: "last" }],
    tools,
    plans: ["ab12 waits for approval: /x"],
  });
  for (const [limit, scale] of [
    [8_192, 1],
    [8_192, 1.6],
    [4_096, 0.8],
  ] as const) {
    const fit = fitAsk(q, limit, scale);
    assert.ok(tokensOfAsk(fit) * scale <= limit, `${tokensOfAsk(fit) * scale} of ${limit}`);
    assert.deepEqual(fit.tools.slice(0, 2), tools.slice(0, 2));
    assert.ok(fit.tools.length < tools.length);
    assert.deepEqual(fit.messages.at(-1), { role: "user", text: "last" });
    const [first] = fit.messages;
    assert.match(first?.role === "user" ? first.text : "", /ab12 waits for approval: \/x.*|Never restart it\./s);
  }
  assert.equal(fitAsk(q, Infinity, 1), q);
  assert.equal(fitAsk(q, tokensOfAsk(q), 1), q, "what fits is left alone, at the bound");
  assert.notEqual(fitAsk(q, tokensOfAsk(q) - 1, 1), q);
  const tiny = fitAsk(q, 10, 1);
  assert.ok(tokensSent({ ...tiny, tools: [] }) < CONTEXT_TOKENS_MIN + 300, "some of it is sent even so");
});

test("what a service counts corrects the estimate, within bounds; nonsense teaches nothing", () => {
  const learned = makeLearned();
  const known = { traits: { ...NONE, contextTokens: 9_000 }, learned };
  const q = ask("word ".repeat(1_000));
  const own = tokensSent(q);
  const usage = (inTokens: number) => ({ inTokens, outTokens: 1, cachedTokens: 0 });
  for (const inTokens of [0, -5, Number.NaN]) counted(known, q, usage(inTokens));
  counted({ traits: NONE, learned }, q, usage(own * 2));
  assert.equal(learned.scale, 1, "where nothing is bounded nothing is measured");
  for (let i = 0; i < 20; i += 1) counted(known, q, usage(own * 1.5));
  assert.ok(Math.abs(learned.scale - 1.5) < 0.01);
  for (let i = 0; i < 40; i += 1) counted(known, q, usage(own * 100));
  assert.ok(learned.scale <= TOKEN_SCALE_MAX && learned.scale > TOKEN_SCALE_MAX - 0.01);
  for (let i = 0; i < 40; i += 1) counted(known, q, usage(1));
  assert.ok(learned.scale >= TOKEN_SCALE_MIN && learned.scale < TOKEN_SCALE_MIN + 0.01);
  const c = { traits: { ...NONE, contextTokens: 9_000 }, learned: makeLearned() };
  assert.equal(limitOf(c), 9_000);
  wasTooLong(c.learned, q);
  assert.ok(limitOf(c) < tokensOfAsk(q));
});

test("the next model with a smaller context gets less; nothing is lost for the one behind it", async () => {
  const asked: Record<string, number> = {};
  const seen = (name: string) => async (q: { messages: readonly Message[] }) => {
    asked[name] = q.messages.length;
    return says(name === "tiny" ? "" : "ok");
  };
  const tiny = { ...link("tiny", seen("tiny")), traits: { ...NONE, contextTokens: 4_000 } };
  const w = makeWorld({ links: [{ ...link("whole", seen("whole")) }, tiny] });
  for (let n = 0; n < 12; n += 1) await w.tell(`question ${n} ${"word ".repeat(300)}`);
  assert.equal(asked["whole"], 23);
  await w.tell("/model tiny");
  await w.tell("and now?");
  assert.ok((asked["tiny"] ?? 99) < 20, `${asked["tiny"]}`);
  await w.tell("/model whole");
  await w.tell("and again?");
  assert.ok((asked["whole"] ?? 0) >= 27, `${asked["whole"]}`);
  await w.end();
});

test("/model tells who would be asked now: whoever rests is passed over", async () => {
  const away = link("one", async () => fault("unreachable", "It is away."));
  const w = makeWorld({ links: [away, link("two", async () => says("ok"))] });
  await w.tell("/model");
  assert.match(w.texts()[0] ?? "", /goes first to one \(the first of the chain\)/);
  await w.tell("hello");
  await w.tell("/model");
  assert.match(w.texts().at(-1) ?? "", /goes first to two \(the first of the chain\)/);
  await w.tell("/model one");
  await w.tell("/model");
  assert.match(w.texts().at(-1) ?? "", /goes first to one \(chosen in this chat\)/);
  await w.end();
});
