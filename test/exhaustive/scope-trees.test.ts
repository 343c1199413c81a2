// Every small tree of scopes under every order of ending: a parent waits for its children,
// undo lists run in reverse and once, children before parents, deadlines never grow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bug } from "../../src/base/bug.ts";
import { type Fault, fault, isFault } from "../../src/base/fault.ts";
import { gather, launch, must, orStop, rootScope, type Scope, withScope } from "../../src/base/scope.ts";
import { virtualTime } from "../support/fake-host.ts";

/** Parent of each node but the first; all trees of `n` nodes in which a parent comes before its child. */
function trees(n: number): number[][] {
  if (n === 1) return [[]];
  return trees(n - 1).flatMap((t) => Array.from({ length: n - 1 }, (_, parent) => [...t, parent]));
}

const caps = [10, 20, 30];

interface Ran {
  ends: number[];
  stops: Map<number, Fault["fault"]>;
  deadlines: number[];
}

/** Runs a tree in which every node waits for its stop; `stopAt` is stopped by hand, else time passes. */
async function grow(parents: readonly number[], capOf: (node: number) => number, stopAt: number | null): Promise<Ran> {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const ran: Ran = { ends: [], stops: new Map(), deadlines: [] };
  const stoppers: Array<(why: Fault) => void> = [];
  const node = (up: Scope, i: number): Promise<unknown> => {
    const run = launch(up, capOf(i), async (s) => {
      ran.deadlines[i] = s.deadlineMs - 1000;
      s.onEnd(() => void ran.ends.push(i));
      s.onEnd(() => void ran.ends.push(i + 0.5));
      parents.forEach((p, c) => {
        if (p === i) void node(s, c + 1);
      });
      await new Promise<void>((resolve) => {
        s.onStop((why) => {
          ran.stops.set(i, why.fault);
          resolve();
        });
      });
    });
    stoppers[i] = run.stop;
    return run.done;
  };
  const done = node(root.scope, 0);
  await time.settle();
  if (stopAt !== null) {
    stoppers[stopAt]?.(fault("denied", "By hand."));
    await time.settle();
  }
  await time.pass(1000);
  await done;
  await root.end();
  assert.equal(time.armed, 0, "no timer is left");
  return ran;
}

function isBelow(parents: readonly number[], node: number, above: number): boolean {
  for (let i = node; ; ) {
    if (i === above) return true;
    const up = i === 0 ? undefined : parents[i - 1];
    if (up === undefined) return false;
    i = up;
  }
}

/** Which deadlines the nodes have, by number; the fourth has the first one's. */
function capsOf(code: number): (node: number) => number {
  return (i) => caps[Math.floor(code / caps.length ** (i % 3)) % caps.length] ?? 10;
}

function check(parents: readonly number[], capOf: (node: number) => number, stopAt: number | null, ran: Ran): void {
  const { ends, stops, deadlines } = ran;
  for (let i = 0; i <= parents.length; i += 1) {
    const own = ends.indexOf(i);
    const up = i === 0 ? undefined : parents[i - 1];
    const above = up === undefined ? Number.POSITIVE_INFINITY : (deadlines[up] ?? 0);
    assert.equal(ends.filter((e) => e === i).length, 1, "each undo runs once");
    assert.ok(ends.indexOf(i + 0.5) < own, "undo runs in reverse");
    assert.equal(deadlines[i], Math.min(capOf(i), above));
    if (up !== undefined) assert.ok(own < ends.indexOf(up), "children end before their parents");
    const byHand = stopAt !== null && isBelow(parents, i, stopAt);
    assert.equal(stops.get(i), byHand ? "denied" : "timeout");
  }
}

/** Every tree of `n` nodes with every choice of deadlines, and whom to stop (null: nobody). */
function* plans(n: number): Generator<readonly [parents: number[], code: number, stopAt: number | null]> {
  for (const parents of trees(n)) {
    for (let code = 0; code < caps.length ** Math.min(n, 3); code += 1) {
      for (let stop = -1; stop < n; stop += 1) yield [parents, code, stop < 0 ? null : stop];
    }
  }
}

for (const n of [1, 2, 3, 4]) {
  test(`all trees of ${n} scopes, all deadlines, each stopped in turn`, async () => {
    for (const [parents, code, stopAt] of plans(n)) {
      check(parents, capsOf(code), stopAt, await grow(parents, capsOf(code), stopAt));
    }
  });
}

test("a stopped scope starts nothing; an ended one takes no undo", async () => {
  const time = virtualTime();
  const root = rootScope(time.timers);
  let kept: Scope | null = null;
  await withScope(root.scope, 10, async (s) => {
    kept = s;
  });
  assert.throws(() => (kept as unknown as Scope).onEnd(() => undefined), Bug);
  root.stop(fault("stopped", "Down."));
  let ran = false;
  const r = await withScope(root.scope, 10, async () => {
    ran = true;
  });
  assert.ok(isFault(r) && r.what === "Down." && !ran);
  await root.end();
});

test("a deadline that is already past stops at once", async () => {
  const root = rootScope(virtualTime().timers);
  for (const cap of [0, -5]) {
    const r = await withScope(root.scope, cap, async () => "ran");
    assert.ok(isFault(r) && r.fault === "timeout");
  }
  await root.end();
});

test("a bug passes through, after the children and the undo list", async () => {
  const root = rootScope(virtualTime().timers);
  const order: string[] = [];
  await assert.rejects(
    withScope(root.scope, 10, async (s) => {
      s.onEnd(() => void order.push("undo"));
      void launch(s, 10, async (c) => {
        await new Promise<void>((resolve) => c.onStop(() => resolve()));
        order.push("child");
      });
      throw new Bug("broken");
    }),
    /broken/,
  );
  assert.deepEqual(order, ["child", "undo"]);
  await root.end();
});

test("an undo that was forgotten does not run; the same one twice runs twice", async () => {
  const root = rootScope(virtualTime().timers);
  let ran = 0;
  await withScope(root.scope, 10, async (s) => {
    const undo = (): void => {
      ran += 1;
    };
    s.onEnd(undo);
    s.onEnd(undo);
    s.onEnd(undo)();
  });
  assert.equal(ran, 2);
  await root.end();
});

test("gather answers in order; orStop leaves what it waited for", async () => {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const delays = [30, 10, 20];
  const all = gather(
    root.scope,
    25,
    delays.map((ms) => async (s) => {
      const slept = await time.clock.sleep(s, ms);
      return isFault(slept) ? slept : ms;
    }),
  );
  await time.pass(100);
  assert.deepEqual(
    (await all).map((r) => (isFault(r) ? r.fault : r)),
    ["timeout", 10, 20],
  );
  let finished = false;
  const slow = time.clock.sleep(root.scope, 50).then((r) => {
    finished = true;
    return r;
  });
  const left = withScope(root.scope, 10, (s) => orStop(s, slow));
  await time.pass(10);
  const r = await left;
  assert.ok(isFault(r) && r.fault === "timeout" && !finished);
  await time.pass(50);
  assert.ok(finished);
  assert.equal(must("x", "y"), "x");
  assert.throws(() => must(fault("failed", "No."), "y"), Bug);
  await root.end();
});

test("a thousand scopes at once end with their parent", async () => {
  const time = virtualTime();
  const root = rootScope(time.timers);
  let ended = 0;
  const many = withScope(root.scope, 100, async (s) => {
    for (let i = 0; i < 1000; i += 1) {
      void launch(s, 50 + i, async (c) => {
        c.onEnd(() => {
          ended += 1;
        });
        await new Promise<void>((resolve) => c.onStop(() => resolve()));
      });
    }
  });
  await many;
  assert.equal(ended, 1000);
  assert.equal(time.armed, 0);
  await root.end();
});
