// Failing by counting: every put of a whole conversation fails once, fails from there on,
// or is where the process dies. No effect twice, no accepted message without its answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import type { Outbound } from "../../../src/port/channel.ts";
import type { Ask } from "../../../src/port/provider.ts";
import type { Row, Store } from "../../../src/port/store.ts";
import { deaf, fakeRouter, makeWorld, questionOf, says, type World } from "../../support/core-world.ts";
import { virtualTime } from "../../support/fake-host.ts";

/** A model that goes by what it is asked, so that a second run of a turn goes the same way. */
async function model(ask: Ask) {
  const last = ask.messages.at(-1);
  if (last?.role === "tool") return says(`It says: ${last.text.slice(0, 20)}`);
  if (questionOf(ask).words.endsWith("block it")) return says("", [["execute", { command: "/a/set x=1" }]]);
  return says("", [["echo", { q: "rows" }]]);
}

interface Step {
  id: string;
  text: string;
  press?: boolean;
}

const TALK: readonly Step[] = [
  { id: "1", text: "look" },
  { id: "2", text: "block it" },
  { id: "3", text: "", press: true },
  { id: "4", text: "/status" },
];

/** Offers a message as the Telegram poller does: again and again until it is settled. */
async function until(w: World, step: Step, sent: readonly Outbound[]): Promise<boolean> {
  const press = sent.flatMap((m) => m.buttons ?? []).find((b) => b.press.startsWith("a:"))?.press;
  const more = { messageId: step.id, ...(step.press === true && press !== undefined ? { press } : {}) };
  for (let i = 0; i < 40; i += 1) {
    let settled = false;
    void w.pipeline.sink.accept(w.scope, w.message(step.text, more)).then((a) => {
      if (!isFault(a)) void a.settled.then(() => (settled = true));
    });
    await w.time.pass(1_000);
    if (settled) return true;
  }
  return false;
}

function answersOf(sent: readonly Outbound[], id: string): Outbound[] {
  return sent.filter((m) => m.key === `telegram/bot/${id}#0`);
}

async function putsOfTalk(): Promise<number> {
  const store = makeRamStore();
  let puts = 0;
  const count: Store["put"] = (s, rows) => {
    puts += 1;
    return store.put(s, rows);
  };
  const counting: Store = { ...store, put: count };
  const w = makeWorld({ store: counting, always: model });
  for (const step of TALK) assert.ok(await until(w, step, w.sent));
  assert.equal(w.router.changes.length, 1);
  await w.end();
  return puts;
}

test("the n-th put fails, once or three times: everything is answered once, nothing is done twice", async () => {
  const total = await putsOfTalk();
  assert.ok(total > 15, `${total}`);
  for (const failFor of [1, 3]) {
    for (let n = 1; n <= total; n += 1) {
      const inner = makeRamStore();
      let puts = 0;
      const faulty: Store = {
        ...inner,
        async put(s: Scope, rows: readonly Row[]) {
          puts += 1;
          return puts >= n && puts < n + failFor ? fault("failed", "disk") : inner.put(s, rows);
        },
      };
      const w = makeWorld({ store: faulty, always: model });
      for (const step of TALK) {
        assert.ok(await until(w, step, w.sent), `put ${n} of ${total}: message ${step.id} hangs`);
        assert.equal(answersOf(w.sent, step.id).length, 1, `put ${n}: message ${step.id}`);
      }
      assert.ok(w.router.changes.length <= 1, `put ${n}: changed twice`);
      await w.end();
      assert.equal(w.time.armed, 0, `put ${n}`);
    }
  }
});

test("the store fails for ever from the n-th put on: what was accepted is answered all the same", async () => {
  const total = await putsOfTalk();
  for (let n = 1; n <= total; n += 1) {
    const inner = makeRamStore();
    let puts = 0;
    const faulty: Store = {
      ...inner,
      put: async (s: Scope, rows: readonly Row[]) => {
        puts += 1;
        return puts >= n ? fault("failed", "disk") : inner.put(s, rows);
      },
    };
    const w = makeWorld({ store: faulty, always: model });
    for (const step of TALK) {
      const accepted = await w.tell(step.text, { messageId: step.id });
      await w.time.pass(60_000);
      if (isFault(accepted))
        assert.equal(answersOf(w.sent, step.id).length, 0, `put ${n}: ${step.id} was not accepted`);
      else assert.equal(answersOf(w.sent, step.id).length, 1, `put ${n}: ${step.id} was accepted`);
    }
    assert.deepEqual(w.router.changes, []);
    await w.end();
  }
});

/** A store whose process dies at the n-th put: neither that nor anything later happens. */
function mortal(inner: Store, n: number): Store & { dead: boolean } {
  let puts = 0;
  const store = {
    keeps: inner.keeps,
    dead: false,
    put(s: Scope, rows: readonly Row[]) {
      puts += 1;
      if (puts >= n) store.dead = true;
      return store.dead ? deaf() : inner.put(s, rows);
    },
    get: (s: Scope, table: string, key: string) => (store.dead ? deaf() : inner.get(s, table, key)),
    due: (s: Scope, table: string, state: string, max: number) =>
      store.dead ? deaf() : inner.due(s, table, state, max),
  };
  return store;
}

/** One talk during which the first process dies at the n-th put; a second one goes on. */
async function talkWithDeath(n: number, kept: boolean): Promise<void> {
  const time = virtualTime();
  const router = fakeRouter();
  const inner = makeRamStore();
  const store = mortal(inner, n);
  const old = makeWorld({ store, always: model, time, router });
  const done: string[] = [];
  for (const step of TALK) {
    if (store.dead) break;
    if (await until(old, step, old.sent)) done.push(step.id);
  }
  // The old process is gone; what it had sent was sent.
  const again = makeWorld({ store: kept ? inner : makeRamStore(), always: model, time, router });
  await time.settle();
  const all = (): Outbound[] => [...old.sent, ...again.sent];
  for (const step of TALK.filter((t) => !done.includes(t.id))) {
    assert.ok(await until(again, step, all()), `put ${n}: message ${step.id} hangs after the restart`);
    const answers = answersOf(all(), step.id).length;
    assert.ok(answers >= 1, `put ${n}: message ${step.id} is lost`);
    assert.ok(answers <= 2, `put ${n}: message ${step.id} is repeated`);
  }
  assert.ok(router.changes.length <= 1, `put ${n}: changed twice`);
  await again.end();
}

for (const [kept, what] of [
  [true, "a store that survives"],
  [false, "a store that does not"],
] as const) {
  test(`the process dies at the n-th put, with ${what}: no message lost, no effect twice`, async () => {
    const total = await putsOfTalk();
    for (let n = 1; n <= total; n += 1) await talkWithDeath(n, kept);
  });
}
