// The chain of models: whom a failure concerns, how long it rests, who is asked next, and what
// a person reads when an answer breaks off.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Fault, fault, isFault, type Wait } from "../../../src/base/fault.ts";
import { MODEL_COOLDOWNS_MS, MODEL_TRIES_MAX } from "../../../src/base/limits-models.ts";
import { launch, rootScope } from "../../../src/base/scope.ts";
import { makeModels } from "../../../src/core/failover.ts";
import { passes, type Trouble, troubleOf } from "../../../src/core/failover-class.ts";
import { makeHealth, restMs, wentWell, wentWrong } from "../../../src/core/failover-health.ts";
import { USUAL_RULES, type WanState } from "../../../src/core/failover-route.ts";
import { cutAfter, makeSeam } from "../../../src/core/failover-seam.ts";
import type { Answered, Link, Question } from "../../../src/core/failover-types.ts";
import type { Answer, Ask, Message } from "../../../src/port/provider.ts";
import { deaf, link, never, says } from "../../support/core-world.ts";
import { listLog, virtualTime } from "../../support/fake-host.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const Q: Question = { system: "", messages: [{ role: "user", text: "hi" }], tools: [], maxTokens: 10 };
const away = (code?: string, more: Partial<Fault> = {}): Fault =>
  fault("unreachable", "It is away.", { ...(code === undefined ? {} : { code }), ...more });

function bench(links: readonly Link[]) {
  const time = virtualTime();
  const log = listLog();
  const root = rootScope(time.timers);
  const models = makeModels(links, { clock: time.clock, log, rules: USUAL_RULES });
  const ask = async (
    more: Partial<Question> = {},
    wan: WanState = "good",
    onText: ((t: string) => void) | null = null,
  ) => {
    const asked = models.ask(root.scope, { ...Q, ...more }, { channel: "telegram", wan }, onText);
    let got: Awaited<Wait<Answered>> | null = null;
    void asked.then((x) => {
      got = x;
    });
    for (let i = 0; i < 40 && got === null; i += 1) await time.pass(500);
    return asked;
  };
  return { time, log, root, models, ask };
}

const textOf = (a: Answer): string => a.parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
const told = (a: Awaited<Wait<Answered>>): string =>
  isFault(a) ? `fault: ${a.what}` : `${a.by.name}: ${textOf(a.answer)}`;

/** A model that answers by a list, its last entry for ever. */
function scripted(name: string, ...steps: ReadonlyArray<Fault | Answer>): Link & { asked: Ask[] } {
  const asked: Ask[] = [];
  const rest = [...steps];
  const made = link(name, async (ask) => {
    asked.push(ask);
    const next = rest.length > 1 ? rest.shift() : rest[0];
    return next ?? says("ok");
  });
  return { ...made, asked };
}

test("each failure has its class; some pass by themselves", () => {
  const rows: ReadonlyArray<readonly [Fault, Trouble, boolean]> = [
    [fault("limit", "", { code: "model_rate" }), "rate", true],
    [fault("failed", "", { code: "model_overloaded" }), "overloaded", true],
    [fault("denied", "", { code: "model_key" }), "auth", false],
    [fault("denied", "", { code: "model_quota" }), "billing", false],
    [fault("limit", "", { code: "model_context" }), "context", false],
    [fault("denied", "", { code: "model_filtered" }), "refused", false],
    [fault("input", "", { code: "model_refused" }), "request", false],
    [fault("missing", "", { code: "model_missing" }), "missing", false],
    [fault("unreachable", ""), "network", true],
    [fault("timeout", "", { code: "model_silent" }), "network", true],
    [fault("failed", "", { code: "model_truncated" }), "truncated", true],
    [fault("failed", "", { code: "model_failed" }), "failed", true],
    [fault("stopped", ""), "aborted", false],
  ];
  for (const [f, trouble, passing] of rows) {
    assert.equal(troubleOf(f, false), trouble);
    assert.equal(passes(trouble), passing, trouble);
  }
  assert.equal(troubleOf(fault("unreachable", ""), true), "broken", "after the first byte");
});

test("rests grow from 1 s to 30 min, longer for the overloaded, as long as the service says", () => {
  const why = away();
  const rests = (trouble: Trouble, f = why): number[] => {
    const h = makeHealth();
    let now = 1_000;
    return MODEL_COOLDOWNS_MS.map(() => {
      wentWrong(h, trouble, f, now, now);
      const ms = restMs(h, now);
      now += ms;
      return ms;
    });
  };
  assert.deepEqual(rests("network"), [1_000, 5_000, 30_000, 300_000, 1_800_000]);
  assert.deepEqual(rests("overloaded"), [5_000, 30_000, 300_000, 1_800_000, 1_800_000]);
  assert.equal(rests("rate", away("x", { retryAfterMs: 42_000 }))[0], 42_000);
  assert.equal(rests("auth")[0], Infinity);
  assert.equal(rests("billing")[0], 1_800_000);
});

test("many questions that fail in one outage count once; a good answer forgets all", () => {
  const h = makeHealth();
  for (let i = 0; i < 10; i += 1) wentWrong(h, "network", away(), 1_000, 2_000 + i);
  assert.equal(h.fails, 1);
  wentWell(h);
  assert.equal(restMs(h, 2_000), 0);
});

test("half open: after a rest one try at a time", () => {
  const h = makeHealth();
  wentWrong(h, "network", away(), 0, 0);
  assert.equal(restMs(h, 1_000), 0);
  h.trying = 1;
  assert.equal(restMs(h, 1_000), Infinity);
});

test("the next model answers, is named, and the first is not asked again while it rests", async () => {
  const first = scripted("a", away());
  const second = scripted("b", says("from b"));
  const b = bench([first, second]);
  const got = await b.ask();
  assert.equal(told(got), "b: from b");
  assert.deepEqual(!isFault(got) && got.instead, { of: "a", why: "no connection" });
  await b.ask();
  assert.equal(first.asked.length, 1);
});

test("a refused key moves on at once to the next key and stays parked until it is chosen again", async () => {
  let first = 0;
  const one = link(
    "a",
    async () => {
      first += 1;
      return fault("denied", "Bad key.", { code: "model_key" });
    },
    async () => says("by key 2"),
  );
  const b = bench([one]);
  for (let i = 0; i < 3; i += 1) assert.equal(told(await b.ask()), "a: by key 2");
  await b.time.pass(3_600_000);
  assert.equal(told(await b.ask()), "a: by key 2");
  assert.equal(first, 1);
  assert.deepEqual(
    b.models.states()[0]?.keys.map((k) => k.restMs),
    [Infinity, 0],
  );
  b.models.wake("a");
  await b.ask();
  assert.equal(first, 2);
});

test("other links: what stays keeps its state, a new key under the same name begins anew", async () => {
  const no = fault("denied", "Bad key.", { code: "model_key" });
  const one = link("a", async () => no);
  const marked = (mark: string, run: () => Wait<Answer>): Link => ({
    ...one,
    keys: [{ name: "key", mark, kind: "OAuth", complete: run }],
  });
  const b = bench([marked("old", async () => no), link("b", async () => says("b"))]);
  assert.equal(told(await b.ask()), "b: b");
  const state = (): unknown => b.models.states().map((x) => x.keys.map((k) => [k.kind, k.answers, k.restMs]));
  const parked = [[["OAuth", 0, Infinity]], [["key", 1, 0]]];
  assert.deepEqual(state(), parked);
  b.models.replace([marked("old", async () => says("a")), link("b", async () => says("b"))], []);
  assert.deepEqual(state(), parked);
  assert.equal(told(await b.ask()), "b: b");
  b.models.replace([marked("new", async () => says("a"))], []);
  assert.deepEqual(
    b.models.links.map((l) => l.name),
    ["a"],
  );
  assert.deepEqual(state(), [[["OAuth", 0, 0]]]);
  assert.equal(told(await b.ask()), "a: a");
});

test("a sign-in that is away rests its key alone; one that is refused parks it", async () => {
  for (const [code, rests] of [
    ["oauth_away", MODEL_COOLDOWNS_MS[0] ?? 0],
    ["oauth_refused", Infinity],
  ] as const) {
    const b = bench([
      link(
        "a",
        async () => away(code),
        async () => says("by key 2"),
      ),
    ]);
    assert.equal(told(await b.ask()), "a: by key 2");
    assert.deepEqual(
      b.models.states()[0]?.keys.map((k) => k.restMs),
      // Half a second of it is over.
      [rests - 500, 0],
    );
  }
});

test("a parked key is asked once a question when nothing else is left: its owner may have mended it", async () => {
  const no = fault("denied", "Bad key.", { code: "model_key" });
  const one = scripted("a", no, no, says("mended"));
  const b = bench([one]);
  assert.equal(told(await b.ask()), "fault: Bad key.");
  assert.equal(told(await b.ask()), "fault: Bad key.");
  assert.equal(told(await b.ask()), "a: mended");
});

test("whoever is alone is asked in its rest, once a question: it may be back; not against its own word", async () => {
  const alone = scripted("a", away());
  const b = bench([alone]);
  await b.ask();
  const before = alone.asked.length;
  assert.equal(told(await b.ask()), "fault: It is away.");
  assert.equal(alone.asked.length, before + 1);
  const back = scripted("a", away(), away(), away(), says("back"));
  const c = bench([back]);
  assert.equal(told(await c.ask()), "fault: It is away.");
  const [state] = c.models.states();
  assert.ok((state?.keys[0]?.restMs ?? 0) > 10_000);
  assert.equal(told(await c.ask()), "a: back");
  const told60 = scripted("a", fault("limit", "Too often.", { code: "model_rate", retryAfterMs: 60_000 }));
  const d = bench([told60]);
  await d.ask();
  await d.ask();
  assert.equal(told60.asked.length, 1);
});

test("of several that rest the one that will be ready first is looked at, no other", async () => {
  const [one, two] = [scripted("a", away()), scripted("b", away("model_overloaded"))];
  const b = bench([one, two]);
  await b.ask();
  const before = one.asked.length + two.asked.length;
  const rests = b.models.states().map((x) => x.keys[0]?.restMs ?? 0);
  const soonest = (rests[0] ?? 0) <= (rests[1] ?? 0) ? one : two;
  const ofSoonest = soonest.asked.length;
  await b.ask();
  assert.deepEqual([soonest.asked.length, one.asked.length + two.asked.length], [ofSoonest + 1, before + 1]);
});

test("what breaks off after its first word, or is stopped, is told as spent; what said nothing is not", async () => {
  const lost: Array<readonly [string, boolean, number]> = [];
  const broken = link("a", async (_ask, onDelta) => {
    onDelta({ kind: "text", text: "Five words of an answer" });
    return away();
  });
  const b = bench([link("silent", async () => away()), broken, link("c", async () => says("whole"))]);
  const asked = b.models.ask(
    b.root.scope,
    Q,
    { channel: "telegram", wan: "good" },
    null,
    (by, { inTokens, outTokens }) => lost.push([by.name, inTokens > 0, outTokens]),
  );
  assert.equal(told(await asked), "c: whole");
  assert.deepEqual([lost.length, lost[0]?.[0], lost[0]?.[1]], [1, "a", true]);
  assert.ok((lost[0]?.[2] ?? 0) >= 4);
  const stopped = link("d", async (_ask, onDelta, s) => {
    onDelta({ kind: "text", text: "word" });
    return never(s);
  });
  const d = bench([stopped]);
  const turn = launch(d.root.scope, Infinity, (ts) =>
    d.models.ask(ts, Q, { channel: "telegram", wan: "good" }, null, (by) => lost.push([by.name, true, 0])),
  );
  await d.time.pass(10);
  turn.stop(fault("stopped", "Stop."));
  assert.ok(isFault(await turn.done));
  assert.equal(lost[1]?.[0], "d");
});

test("a rate limit concerns the key, an outage the service", async () => {
  const asked: string[] = [];
  const by = (name: string, f: Fault) => async (): Wait<Answer> => {
    asked.push(name);
    return f;
  };
  const rate = fault("limit", "Too often.", { code: "model_rate", retryAfterMs: 60_000 });
  await bench([link("a", by("1", rate), by("2", rate))]).ask();
  assert.deepEqual(asked.splice(0), ["1", "2"]);
  const b = bench([link("a", by("1", away()), by("2", away())), link("b", async () => says("b"))]);
  await b.ask();
  assert.deepEqual(asked, ["1"]);
});

test("a short rest is waited for, a long one is not", async () => {
  const b = bench([scripted("a", away(), away(), says("third"))]);
  assert.equal(told(await b.ask()), "a: third");
  const long = scripted("a", fault("limit", "Too often.", { code: "model_rate", retryAfterMs: 60_000 }));
  const c = bench([long]);
  const got = await c.ask();
  assert.ok(isFault(got) && got.retryAfterMs !== undefined && got.retryAfterMs > 50_000);
  assert.equal(long.asked.length, 1);
});

test("what is wrong with the question goes to the next model and rests nobody", async () => {
  for (const code of ["model_refused", "model_context", "model_answer_size"]) {
    const a = scripted("a", fault("input", "No.", { code }), says("a again"));
    const b = bench([a, scripted("b", says("b"))]);
    assert.equal(told(await b.ask()), "b: b", code);
    assert.deepEqual(
      b.models.states().flatMap((x) => x.keys.map((k) => k.restMs)),
      [0, 0],
    );
  }
});

test("an answer of nothing and a refusal give way to the next model, and rest nobody", async () => {
  const nothing: Answer = { ...says(""), parts: [{ kind: "text", text: " " }] };
  for (const [answer, why] of [
    [nothing, "empty answer"],
    [{ ...nothing, stop: "refused" }, "content refused"],
  ] as const) {
    const a = scripted("a", answer);
    const b = bench([a, scripted("b", answer, says("b"))]);
    // The last one's is the answer.
    assert.equal(told(await b.ask()), "b:  ");
    const got = await b.ask();
    assert.equal(told(got), "b: b");
    assert.deepEqual(!isFault(got) && got.instead, { of: "a", why });
    assert.equal(a.asked.length, 2);
    assert.equal(told(await bench([scripted("a", answer)]).ask()), "a:  ");
    const cut = await bench([scripted("a", { ...answer, stop: "length" }), scripted("b", says("b"))]).ask();
    assert.equal(told(cut), "a:  ");
    const messages: Message[] = [...Q.messages, { role: "tool", callId: "c", text: "done", isError: false }];
    const after = await bench([scripted("a", answer), scripted("b", says("b"))]).ask({ messages });
    assert.equal(told(after), "a:  ");
  }
});

test("a model that found a conversation too long is asked last for one as long", async () => {
  const a = scripted("a", fault("limit", "Long.", { code: "model_context" }), says("a"));
  const b = bench([a, scripted("b", says("b"))]);
  const long = { messages: [{ role: "user" as const, text: "x".repeat(5_000) }] };
  await b.ask(long);
  assert.equal(told(await b.ask(long)), "b: b");
  assert.equal(told(await b.ask()), "a: a");
});

test("a person's stop is told at once, reaches the model and is never tried again", async () => {
  let stopped = 0;
  let asked = 0;
  const hangs = (s: Parameters<typeof never>[0]): Wait<Answer> => {
    asked += 1;
    s.onStop(() => {
      stopped += 1;
    });
    return never(s);
  };
  const b = bench([link("a", (_a, _d, s) => hangs(s)), scripted("b", says("b"))]);
  const asking = b.models.ask(b.root.scope, Q, { channel: "x", wan: "good" }, null);
  await b.time.settle();
  b.root.stop(fault("stopped", "The person stopped it."));
  const got = await asking;
  assert.ok(isFault(got) && got.fault === "stopped");
  assert.deepEqual([asked, stopped], [1, 1]);
});

test("a silent model gives way to the next one within the time of the turn", async () => {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const links = [link("a", () => deaf()), link("b", (_a, _d, s) => never(s)), scripted("c", says("c"))];
  const models = makeModels(links, { clock: time.clock, log: listLog(), rules: [] });
  const turn = launch(root.scope, 120_000, (s) => models.ask(s, Q, { channel: "x", wan: "good" }, null));
  await time.pass(119_000);
  assert.equal(told(await turn.done), "c: c");
});

test("an answer that breaks off goes on where the person read it, from the next model", async () => {
  const shown: string[] = [];
  const whole = "Your network has five devices: a printer, a tablet and three phones.";
  for (const second of [whole.slice(34), whole, whole.slice(20)]) {
    shown.length = 0;
    const a = link("a", async (_ask, onDelta) => {
      onDelta({ kind: "text", text: whole.slice(0, 20) });
      onDelta({ kind: "text", text: whole.slice(20, 34) });
      return fault("failed", "Cut.", { code: "model_truncated" });
    });
    const asks: Ask[] = [];
    const b2 = link("b", async (ask, onDelta) => {
      asks.push(ask);
      for (const piece of second.match(/.{1,7}/g) ?? []) onDelta({ kind: "text", text: piece });
      return says(second);
    });
    const b = bench([a, b2]);
    const got = await b.ask({}, "good", (t) => shown.push(t));
    assert.equal(told(got), `b: ${whole}`);
    assert.ok(whole.startsWith(shown.join("")), shown.join(""));
    assert.deepEqual(
      asks[0]?.messages.map((m) => m.role),
      ["user", "assistant", "user"],
    );
  }
});

test("without a reader a broken answer is simply asked for again", async () => {
  const asks: Ask[] = [];
  const a = link("a", async (ask, onDelta) => {
    asks.push(ask);
    if (asks.length > 1) return says("whole");
    onDelta({ kind: "text", text: "who" });
    return fault("failed", "Cut.", { code: "model_truncated" });
  });
  assert.equal(told(await bench([a]).ask()), "a: whole");
  assert.equal(asks[1]?.messages.length, 1);
});

test("signed thoughts go back to the model that had them, and to no other", async () => {
  const thinking: Answer = {
    ...says("x"),
    parts: [
      { kind: "opaque", provider: "d", data: "s" },
      { kind: "text", text: "x" },
    ],
  };
  const a = scripted("a", thinking, away(), says("a"));
  const second = scripted("b", says("b"));
  const b = bench([a, second]);
  const first = await b.ask();
  assert.ok(!isFault(first));
  const messages: Message[] = [
    ...Q.messages,
    { role: "assistant", parts: first.answer.parts },
    { role: "user", text: "and?" },
  ];
  await b.ask({ messages });
  const opaque = (ask: Ask | undefined) =>
    ask?.messages.flatMap((m) => (m.role === "assistant" ? m.parts.filter((p) => p.kind === "opaque") : []));
  assert.deepEqual(opaque(a.asked[1]), [{ kind: "opaque", provider: "d", data: "s" }]);
  assert.deepEqual(opaque(second.asked[0]), []);
});

test("not more than MODEL_TRIES_MAX tries for one question, whatever the chain", async () => {
  let tries = 0;
  const links = Array.from({ length: 90 }, (_, i) =>
    link(`m${i}`, async () => {
      tries += 1;
      return away();
    }),
  );
  const b = bench(links);
  assert.ok(isFault(await b.ask()));
  assert.equal(tries, MODEL_TRIES_MAX);
});

test("every model that could answer is asked before a question fails", async () => {
  const codes = [
    "model_rate",
    "model_overloaded",
    "model_key",
    "model_quota",
    "model_context",
    "model_refused",
    "model_missing",
    "model_truncated",
    undefined,
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.constantFrom(...codes, "ok"), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (chain) => {
        let answers = 0;
        const links = chain.map((keys, i) =>
          link(
            `m${i}`,
            ...keys.map((code) => async (): Wait<Answer> => {
              if (code !== "ok") return away(code);
              answers += 1;
              return says("ok");
            }),
          ),
        );
        const got = await bench(links).ask();
        // A key of a service that is down as a whole is not asked in the same breath.
        const sure = chain.some(([first]) => first === "ok");
        if (sure) assert.equal(isFault(got), false);
        assert.equal(answers, isFault(got) ? 0 : 1);
      },
    ),
    { seed: SEED, numRuns: RUNS(60) },
  );
});

test("on a weak way to the internet models at home and small ones come first; without tools last", async () => {
  const named = (name: string, traits: Partial<Link["traits"]>): Link => {
    const made = link(name, async () => says(name));
    return { ...made, traits: { ...made.traits, ...traits } };
  };
  const b = bench([named("big", {}), named("mini", { small: true }), named("home", { local: true, toolless: true })]);
  assert.equal(told(await b.ask()), "big: big");
  assert.equal(told(await b.ask({}, "metered")), "home: home");
  const tools = [{ name: "t", purpose: "", schemaJson: "{}" }];
  assert.equal(told(await b.ask({ tools }, "weak")), "mini: mini");
});

test("the seam: going on, repeating the end, beginning anew, in the same and in other words", () => {
  const rows: ReadonlyArray<readonly [shown: string, next: string, all: string]> = [
    ["The quick brown", " fox", "The quick brown fox"],
    ["The quick brown", "The quick brown fox", "The quick brown fox"],
    ["The quick brown fox", "quick brown fox jumps", "The quick brown fox jumps"],
    ["The quick brown fox", "The quick brown", "The quick brown fox"],
    ["The quick brown fox", "The quick brown dog barks", "The quick brown fox … dog barks"],
    ["", "all", "all"],
  ];
  for (const [shown, next, all] of rows) assert.equal(makeSeam(shown).join(next), all);
});

test("the seam shows the same whatever the pieces", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (shown, next, size) => {
        for (const text of [next, shown + next, shown.slice(-20) + next]) {
          const seam = makeSeam(shown);
          let out = shown;
          for (let i = 0; i < text.length; i += size) out += seam.push(text.slice(i, i + size));
          const all = seam.join(text);
          assert.ok(all.startsWith(out), JSON.stringify({ shown, text, out, all }));
        }
        assert.ok(cutAfter(shown, next, true) !== null);
      },
    ),
    { seed: SEED, numRuns: RUNS(300) },
  );
});
