// An approval is bound to plan, person and conversation, and is spent once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { APPROVAL_MS, PLAN_DIFF_CHARS_MAX, PLANS_OPEN_MAX, PLANS_OPEN_PER_CHAT_MAX } from "../../../src/base/limits.ts";
import { approve, spendApproval } from "../../../src/core/approve.ts";
import { readPlanId } from "../../../src/core/plan-id.ts";
import { makePlans } from "../../../src/core/plans.ts";
import { makeSessions } from "../../../src/core/session.ts";
import { deferred } from "../../../src/core/slots.ts";
import type { Changed, Plan } from "../../../src/port/router.ts";
import { fakeRouter, faultyStore, makeWorld, questionOf, says, type World } from "../../support/core-world.ts";

async function offered(w: World, command = "/ip/dns/set servers=1.1.1.1", more = {}): Promise<string> {
  await w.tell(`/run ${command}`, more);
  const id = /Plan ([0-9A-Z]{6}) /.exec(w.texts().at(-1) ?? "")?.[1];
  assert.ok(id !== undefined, w.texts().at(-1));
  return id;
}

test("approve without an ID takes the only plan; with several it asks which", async () => {
  const w = makeWorld();
  await w.tell("/approve");
  assert.match(w.texts().at(-1) ?? "", /No plan of yours/);
  await offered(w, "/a/set x=1");
  const b = await offered(w, "/b/set x=1");
  await w.tell("/approve");
  assert.match(w.texts().at(-1) ?? "", /Several plans/);
  assert.deepEqual(w.router.changes, []);
  await w.tell(`/approve ${b.toLowerCase()}`);
  assert.deepEqual(w.router.changes, ["/b/set x=1"]);
  await w.tell("/approve");
  assert.deepEqual(w.router.changes, ["/b/set x=1", "/a/set x=1"]);
  await w.end();
});

test("another person, another chat, another thread: a sentence, a log line and no effect", async () => {
  const w = makeWorld();
  const id = await offered(w);
  const other = await w.tell("", { press: `a:${id}`, sender: "8" });
  assert.match(w.texts().at(-1) ?? "", /another person/);
  assert.equal(isFault(other) || (await other.settled), "refused");
  await w.tell("", { press: `a:${id}`, chat: "other" });
  assert.match(w.texts().at(-1) ?? "", /another conversation/);
  await w.tell("", { press: `a:${id}`, thread: "t" });
  assert.match(w.texts().at(-1) ?? "", /another conversation/);
  await w.tell("/approve", { sender: "8" });
  assert.match(w.texts().at(-1) ?? "", /No plan of yours/);
  await w.tell(`/deny ${id}`, { sender: "8" });
  assert.deepEqual(w.router.changes, []);
  assert.equal(w.log.named("approve.person").length, 2);
  const own = await w.tell("", { press: `a:${id}` });
  assert.equal(w.router.changes.length, 1);
  assert.equal(isFault(own) || (await own.settled), undefined);
  await w.end();
});

test("an approval lasts APPROVAL_MS, and not a millisecond longer", async () => {
  for (const [waitMs, changes] of [
    [APPROVAL_MS - 1, 1],
    [APPROVAL_MS, 0],
  ] as const) {
    const w = makeWorld();
    const id = await offered(w);
    await w.time.pass(waitMs);
    await w.tell(`/approve ${id}`);
    assert.equal(w.router.changes.length, changes);
    if (changes === 0) {
      assert.match(w.texts().at(-1) ?? "", /has expired; nothing was changed/);
      await w.tell(`/approve ${id}`);
      assert.match(w.texts().at(-1) ?? "", /has expired/);
    }
    await w.end();
  }
});

test("setting the wall clock back does not make an approval last longer", async () => {
  const w = makeWorld();
  const id = await offered(w);
  w.time.setWall(0);
  await w.time.pass(APPROVAL_MS);
  await w.tell(`/approve ${id}`);
  assert.deepEqual(w.router.changes, []);
  await w.end();
});

test("two presses at once change once", async () => {
  const w = makeWorld({ owners: ["7"] });
  const id = await offered(w);
  await Promise.all([w.tell("", { press: `a:${id}` }), w.tell("", { press: `a:${id}` }), w.tell(`/approve ${id}`)]);
  await w.time.settle();
  assert.equal(w.router.changes.length, 1);
  assert.equal(w.texts().filter((t) => t === "Done and read back.").length, 1);
  await w.end();
});

test("a refused plan stays refused", async () => {
  const w = makeWorld();
  const id = await offered(w);
  await w.tell("", { press: `d:${id}` });
  assert.match(w.texts().at(-1) ?? "", /is refused. Nothing was changed/);
  await w.tell(`/approve ${id}`);
  assert.match(w.texts().at(-1) ?? "", /was refused/);
  assert.deepEqual(w.router.changes, []);
  assert.ok(w.trace.includes(`plan ${id} denied`));
  await w.end();
});

test("what is no plan ID, and a plan nobody knows", async () => {
  const w = makeWorld();
  await w.tell("/approve 1; /system/reset");
  assert.match(w.texts().at(-1) ?? "", /not a plan ID/);
  await w.tell("/approve ABCDEF");
  assert.match(w.texts().at(-1) ?? "", /not known/);
  assert.deepEqual(w.router.commands, []);
  await w.end();
});

test("an approval that cannot be recorded changes nothing, and can be given again", async () => {
  const store = faultyStore();
  const w = makeWorld({ store });
  const id = await offered(w);
  const press = w.tell("", { press: `a:${id}` });
  // new, admitted, running, then the plan's own put.
  store.failAt = store.puts.length + 4;
  await press;
  assert.equal(store.puts[store.failAt - 1]?.[0]?.state, "approving");
  assert.match(w.texts().at(-1) ?? "", /could not be recorded, so nothing was changed/);
  assert.deepEqual(w.router.changes, []);
  await w.tell("", { press: `a:${id}` });
  assert.equal(w.router.changes.length, 1);
  await w.end();
});

test("a plan whose offer could not be recorded is not offered", async () => {
  const store = faultyStore();
  const w = makeWorld({ store });
  const tell = w.tell("/run /ip/dns/set servers=1.1.1.1");
  store.failAt = 4;
  store.failFor = 100;
  await tell;
  await w.time.pass(60_000);
  assert.match(w.texts()[0] ?? "", /could not be recorded, so it is not offered/);
  store.failFor = 0;
  await w.tell("/approve");
  assert.match(w.texts().at(-1) ?? "", /No plan of yours/);
  await w.end();
});

test("a failed change says whether it may be done, and is not tried again", async () => {
  for (const maybeDone of [true, false]) {
    const w = makeWorld();
    w.router.onChange = async () => fault("unreachable", "The router did not answer.", { maybeDone });
    const id = await offered(w);
    await w.tell(`/approve ${id}`);
    assert.match(w.texts().at(-1) ?? "", maybeDone ? /not certain/ : /Nothing was changed/);
    await w.tell(`/approve ${id}`);
    assert.equal(w.router.changes.length, 1);
    await w.end();
  }
});

test("a bug in the router's change is told as uncertain", async () => {
  const w = makeWorld();
  w.router.onChange = async () => {
    throw new Error("boom");
  };
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  assert.match(w.texts().at(-1) ?? "", /internal error.*not certain/);
  await w.tell("/status");
  assert.match(w.texts().at(-1) ?? "", /MikroClaw/);
  await w.end();
});

test("/stop does not cut a change that is under way", async () => {
  const w = makeWorld();
  const change = deferred<Changed>();
  w.router.onChange = () => change.promise;
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  await w.tell("/stop");
  assert.match(w.texts().at(-1) ?? "", /being applied right now/);
  change.resolve({ state: "kept", told: "All done." });
  await w.time.settle();
  assert.equal(w.texts().at(-1), "All done.");
  await w.end();
});

test("the model learns what the person decided", async () => {
  const w = makeWorld({ always: says("ok") });
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  await w.tell("and now?");
  const { words } = questionOf(w.asks.at(-1));
  assert.match(words, new RegExp(`approved plan ${id}.*kept`));
  assert.match(words, /and now\?$/);
  await w.tell("again");
  assert.doesNotMatch(JSON.stringify(w.asks.at(-1)?.messages.at(-1)), /approved plan/);
  await w.end();
});

test("the oldest plan of a chat expires when PLANS_OPEN_PER_CHAT_MAX is passed", async () => {
  const w = makeWorld();
  const ids: string[] = [];
  for (let i = 0; i < PLANS_OPEN_PER_CHAT_MAX; i += 1) ids.push(await offered(w, `/x/set n=${i}`));
  await w.tell(`/deny ${ids[1]}`);
  assert.match(w.texts().at(-1) ?? "", /is refused/);
  ids.push(await offered(w, "/x/set n=98"), await offered(w, "/x/set n=99"));
  await w.tell(`/approve ${ids[0]}`);
  assert.match(w.texts().at(-1) ?? "", /too many others/);
  await w.tell(`/approve ${ids[2]}`);
  assert.deepEqual(w.router.changes, ["/x/set n=2"]);
  await w.end();
});

test("not more than PLANS_OPEN_MAX plans are open in all", async () => {
  const w = makeWorld();
  const first = await offered(w, "/x/set n=first");
  for (let i = 0; i < PLANS_OPEN_MAX; i += 1) {
    if (i === PLANS_OPEN_MAX - 1) {
      // One before the bound: the first is still there, for the person that got it.
      await w.tell(`/approve ${first}`, { chat: "c0" });
      assert.match(w.texts().at(-1) ?? "", /another conversation/);
    }
    await w.time.pass(2_000);
    await offered(w, `/x/set n=${i}`, { chat: `c${i}` });
  }
  await w.tell(`/approve ${first}`);
  assert.match(w.texts().at(-1) ?? "", /too many others/);
  await w.end();
});

test("the same plan asked for twice is one plan", async () => {
  const w = makeWorld();
  const a = await offered(w);
  const b = await offered(w);
  assert.equal(a, b);
  await w.tell(`/approve ${a}`);
  await w.tell(`/approve ${b}`);
  assert.equal(w.router.changes.length, 1);
  await w.end();
});

test("a plan that cannot be shown whole is not offered", async () => {
  for (const [length, offers] of [
    [PLAN_DIFF_CHARS_MAX, true],
    [PLAN_DIFF_CHARS_MAX + 1, false],
  ] as const) {
    const router = fakeRouter();
    router.onPlan = async (_s, command) => ({
      hash: "h",
      risk: "reversible",
      command,
      diff: "x".repeat(length),
      calls: [],
    });
    const w = makeWorld({ router });
    await w.tell("/run /ip/dns/set servers=1.1.1.1");
    assert.equal(w.texts().join("").includes("/approve"), offers);
    if (!offers) assert.match(w.texts()[0] ?? "", /too long to be shown whole/);
    if (offers) assert.equal(w.texts().join("").split("x").length - 1 >= length, true);
    await w.end();
  }
});

test("after a restart a plan is no longer known, and nothing happens", async () => {
  const w = makeWorld();
  const id = await offered(w);
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time, router: w.router });
  await w.time.settle();
  await again.tell("", { press: `a:${id}`, messageId: "900" });
  assert.match(again.texts().at(-1) ?? "", /no longer known after a restart; nothing was changed/);
  assert.deepEqual(w.router.changes, []);
  await again.end();
});

test("killed while applying: the press is answered honestly after the restart, not done again", async () => {
  const w = makeWorld();
  w.router.onChange = () => new Promise(() => undefined);
  const id = await offered(w);
  void w.tell("", { press: `a:${id}`, messageId: "77" });
  await w.time.settle();
  assert.equal(w.router.changes.length, 1);
  // The old process is gone without a word: a new one on the same rows.
  const again = makeWorld({ store: w.store, time: w.time, router: w.router });
  await w.time.settle();
  assert.equal(again.texts().length, 1);
  assert.match(again.texts()[0] ?? "", /stopped while this plan was being applied. It may be done or not/);
  assert.equal(w.router.changes.length, 1);
  await again.end();
});

test("an approval cannot be forged or used twice", async () => {
  const w = makeWorld();
  const results: boolean[] = [];
  w.router.onChange = async (_s, plan) => {
    const mine = w.router.approvals.at(-1);
    assert.ok(mine !== undefined);
    results.push(
      spendApproval({ planHash: plan.hash }, plan.hash),
      spendApproval(mine, plan.hash),
      spendApproval(mine, plan.hash),
    );
    return { state: "kept", told: "ok" };
  };
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  assert.deepEqual(results, [false, true, false]);
  await w.end();
});

test("an approval that the router did not use is void when the change is over", async () => {
  const w = makeWorld();
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  const left = w.router.approvals[0];
  assert.ok(left !== undefined);
  assert.equal(spendApproval(left, left.planHash), false);
  await w.end();
});

test("approving twice at once, past any lane, changes once", async () => {
  const w = makeWorld();
  const who = w.message("");
  const plan: Plan = { hash: "h", risk: "reversible", command: "/a/set x=1", diff: "d", calls: [] };
  const plans = makePlans(w.deps);
  const draft = plans.draft(who, plan);
  plans.open(who, [draft]).commit();
  const a = {
    deps: w.deps,
    plans,
    sessions: makeSessions(),
    who,
    life: w.scope,
    applying: () => undefined,
    tell: async () => undefined,
  };
  const both = await Promise.all([approve(w.scope, a, draft.id), approve(w.scope, a, draft.id)]);
  assert.equal(w.router.changes.length, 1);
  assert.match(both[1].text, /being applied right now/);
  await w.end();
});

test("plan IDs are read as people write them", () => {
  assert.equal(readPlanId(" k7q2m9 "), "K7Q2M9");
  assert.equal(readPlanId("#oil-00"), null);
  assert.equal(readPlanId("oIl000"), "011000");
  assert.equal(readPlanId("K7Q2MU"), null);
  assert.equal(readPlanId("K7Q2M"), null);
  assert.equal(readPlanId("K7Q2M99"), null);
});

test("a stranger's press does nothing and hears nothing", async () => {
  const w = makeWorld();
  const id = await offered(w);
  const before = w.sent.length;
  const pressed = await w.tell("", { press: `a:${id}`, sender: "666" });
  assert.ok(!isFault(pressed));
  assert.equal(await pressed.settled, "refused");
  assert.equal(w.sent.length, before);
  assert.deepEqual(w.router.changes, []);
  await w.end();
});

test("each way in which an approval does nothing, in its words", async () => {
  const w = makeWorld();
  const reply = async (text: string, more = {}): Promise<string> => {
    const said = await w.pipeline.agent.say(w.scope, w.message(text, { channel: "http", ...more }));
    assert.ok(!isFault(said) && said.failed === true, text);
    return said.reply;
  };
  const ask = w.message("/run /ip/dns/set servers=1.1.1.1", { channel: "http" });
  const offer = await w.pipeline.agent.say(w.scope, ask);
  assert.ok(!isFault(offer) && offer.plan !== undefined);
  const { id } = offer.plan;
  assert.equal(
    await reply(`/approve ${id}`, { chat: "8:main", sender: "8" }),
    "This plan was offered in another conversation and can only be decided there. Nothing was changed.",
  );
  assert.equal(
    await reply(`/approve ${id}`, { sender: "8" }),
    "This plan was offered to another person and only they can decide it. Nothing was changed.",
  );
  assert.equal(await reply("/approve", { chat: "x" }), "No plan of yours is waiting for approval here.");
  await w.time.pass(APPROVAL_MS);
  const expired = "This plan has expired; nothing was changed. Ask again to get a new one.";
  assert.equal(await reply(`/approve ${id}`), expired);
  assert.equal(await reply(`/deny ${id}`), expired);
  assert.deepEqual(w.router.changes, []);
  await w.end();
});

test("a run of one answer offers nothing that nobody could approve", async () => {
  const w = makeWorld({ once: true });
  const said = await w.pipeline.agent.say(w.scope, w.message("/run /a/set x=1", { channel: "cli" }));
  assert.ok(!isFault(said) && said.plan !== undefined);
  assert.doesNotMatch(said.reply, /\/approve|\/deny/);
  assert.match(said.reply, /Plan \(reversible\), not applied yet:[\s\S]*at the prompt \(mikroclaw agent\)/);
  await w.end();
});
