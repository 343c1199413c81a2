// What the two engines of the Node host promise beyond the suite: no more globals than a
// bare engine has, jobs after each completion, and one clean end when something breaks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINES, type EngineKind, startEngine } from "../../src/host/node/engine.ts";
import type { NodeHost } from "../../src/host/node/host.ts";
import { type AbiValue, CODE, OP } from "../../src/port/abi.ts";
import { makeTestHost } from "../support/node-host.ts";

const ECHO = 120;
const NOTE = 119;

interface Run {
  notes: AbiValue[];
  crashes: string[];
  complete(id: number, code: number, value: AbiValue): void;
}

/** Runs a script with two calls of the test's own: `sync(119, note)` and `sync(120, value)`, which gives the value back. */
async function running(
  kind: EngineKind,
  script: string,
  body: (run: Run, node: NodeHost) => Promise<void> | void,
): Promise<void> {
  const made = makeTestHost();
  const notes: AbiValue[] = [];
  const crashes: string[] = [];
  let complete: Run["complete"] = () => undefined;
  const host: NodeHost = {
    ...made.node,
    crash: (what) => void crashes.push(what),
    onComplete(take, drains) {
      complete = take;
      made.node.onComplete(take, drains);
    },
    abi: {
      ...made.node.abi,
      sync(op, a, b) {
        if (op === NOTE) notes.push(a);
        if (op === NOTE) return undefined;
        return op === ECHO ? a : made.node.abi.sync(op, a, b);
      },
    },
  };
  try {
    await startEngine(kind, `const note = (x) => __host.sync(${NOTE}, x); ${script}`, host);
    await body({ notes, crashes, complete: (...end) => complete(...end) }, made.node);
  } finally {
    await made.end();
  }
}

const VALUES: readonly AbiValue[] = [
  undefined,
  0,
  -0,
  1.5,
  -1,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "plain",
  "\0",
  "a\0b\0",
  "\ufeff",
  "\ufeffafter a mark",
  "\ud800",
  "a\udc00b\ud83d",
  "\u{1f600} \u0000 й",
  "x".repeat(300_000),
  `${"文".repeat(100_000)}\0`,
  new Uint8Array(0),
  new Uint8Array([0, 255, 1]),
  Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 11) & 255),
];

const ALLOWED = new Set(
  (
    "AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError FinalizationRegistry " +
    "Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError JSON Map Math NaN Number Object Promise " +
    "Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TypeError URIError Uint16Array " +
    "Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape " +
    "globalThis isFinite isNaN parseFloat parseInt undefined unescape __host __complete"
  ).split(" "),
);

for (const kind of ENGINES) {
  test(`${kind}: every kind of value crosses both ways unchanged`, async () => {
    const script = `globalThis.__complete = (id, code, value) => note(__host.sync(${ECHO}, value));`;
    await running(kind, script, ({ notes, crashes, complete }) => {
      for (const value of VALUES) complete(1, CODE.OK, value);
      assert.deepEqual(crashes, []);
      assert.equal(notes.length, VALUES.length);
      for (const [i, value] of VALUES.entries()) assert.deepEqual(notes[i], value, `value ${i}`);
    });
  });

  test(`${kind}: bytes inside are the engine's own, and part of a larger array crosses alone`, async () => {
    const script = `
      note(String(__host.sync(${ECHO}, new Uint8Array(3)) instanceof Uint8Array));
      note(__host.sync(${ECHO}, new Uint8Array([9, 1, 2, 9]).subarray(1, 3)));
      const mine = new Uint8Array([1]); const back = __host.sync(${ECHO}, mine); mine[0] = 2; note(back);`;
    await running(kind, script, ({ notes }) => {
      assert.deepEqual(notes, ["true", new Uint8Array([1, 2]), new Uint8Array([1])]);
    });
  });

  test(`${kind}: no global but those of a bare engine, and no code from text`, async () => {
    const script = `
      note(Object.getOwnPropertyNames(globalThis).join(" "));
      const tries = [() => eval("1"), () => Function("return 1"), () => new Function("return 1"),
        () => (() => 1).constructor("return 1"), () => (async () => 1).constructor("return 1"),
        () => (function* () {}).constructor("return 1"), () => (async function* () {}).constructor("return 1"),
        () => __host.sync.constructor("return process")(), () => note.constructor.constructor("return process")()];
      for (const each of tries) { let made = "made"; try { each(); } catch (error) { made = "refused"; } note(made); }
      try { __host.sync(1e9); } catch (error) {
        try { note(String(error.constructor.constructor("return typeof process")())); } catch (e) { note("refused"); }
      }
      note(String((() => 1) instanceof Function));`;
    await running(kind, script, ({ notes, crashes }) => {
      const extra = String(notes[0])
        .split(" ")
        .filter((name) => !ALLOWED.has(name));
      assert.deepEqual(extra, []);
      assert.deepEqual(crashes, []);
      assert.deepEqual(notes.slice(1), [...Array.from({ length: 10 }, () => "refused"), "true"]);
    });
  });

  test(`${kind}: all jobs of a completion run before the next one`, async () => {
    const script = `
      globalThis.__complete = async (id) => { note("in " + id); await null; await null; note("job of " + id); };
      for (const id of [1, 2, 3]) __host.submit(id, ${OP.TIMER}, 0);`;
    await running(kind, script, async ({ notes }) => {
      for (let i = 0; i < 200 && notes.length < 6; i += 1) await new Promise((later) => setTimeout(later, 5));
      assert.deepEqual(
        notes,
        [1, 2, 3].flatMap((id) => [`in ${id}`, `job of ${id}`]),
      );
    });
  });

  test(`${kind}: what is thrown at the start or in a completion ends the engine once`, async () => {
    await running(kind, `throw new TypeError("at the start");`, ({ crashes, complete }) => {
      complete(1, CODE.OK, undefined);
      assert.equal(crashes.length, 1);
      assert.match(String(crashes[0]), /at the start/);
    });
    const script = `globalThis.__complete = (id) => { note(id); throw new TypeError("number " + id); };`;
    await running(kind, script, ({ notes, crashes, complete }) => {
      complete(1, CODE.OK, undefined);
      complete(2, CODE.OK, undefined);
      assert.deepEqual(notes, [1]);
      assert.equal(crashes.length, 1);
      assert.match(String(crashes[0]), /number 1/);
    });
    await running(kind, "this is no script", ({ crashes }) => assert.equal(crashes.length, 1));
  });

  test(`${kind}: runaway recursion is an error inside, and the engine goes on`, async () => {
    const script = `
      const deep = (n) => n === 0 ? [] : [deep(n - 1)];
      const tries = [() => { const f = () => f() + 1; f(); }, () => JSON.parse("[".repeat(50000)),
        () => { let x = []; for (let i = 0; i < 50000; i++) x = [x]; JSON.stringify(x); }];
      for (const each of tries) { try { each(); note("fine"); } catch (error) { note("caught"); } }
      globalThis.__complete = (id) => note("alive " + deep(100).length);`;
    await running(kind, script, ({ notes, crashes, complete }) => {
      complete(1, CODE.OK, undefined);
      assert.deepEqual(crashes, []);
      assert.deepEqual(notes, ["caught", "caught", "caught", "alive 1"]);
    });
  });

  test(`${kind}: an operation's number that makes no sense is refused inside`, async () => {
    const script = `
      for (const id of [0, -1, 1.5, NaN, undefined, "1"]) {
        try { __host.submit(id, ${OP.TIMER}, 0); note("taken"); } catch (error) { note(error.name); }
        __host.cancel(id);
      }`;
    await running(kind, script, ({ notes }) =>
      assert.deepEqual(
        notes,
        Array.from({ length: 6 }, () => "RangeError"),
      ),
    );
  });
}

test("quickjs: too large a heap is an error inside, not the end of the host", async () => {
  const script = `
    const fill = (make) => {
      const kept = [];
      try { for (;;) kept.push(make(kept.length)); } catch (error) { const n = kept.length; kept.length = 0; note(n); }
    };
    fill(() => new Uint8Array(1 << 24));
    fill((n) => "y".repeat(1 << 24) + n);
    globalThis.__complete = () => note("alive");`;
  await running("quickjs", script, ({ notes, crashes, complete }) => {
    complete(1, CODE.OK, undefined);
    assert.deepEqual(crashes, []);
    for (const times of notes.slice(0, 2))
      assert.ok(Number(times) > 2 && Number(times) < 17, `${String(times)} times 16 MiB`);
    assert.equal(notes[2], "alive");
  });
});
