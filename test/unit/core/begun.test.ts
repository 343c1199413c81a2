// Effects of a message that an earlier process had begun: not begun again, and told.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod/mini";
import { isFault } from "../../../src/base/fault.ts";
import { BEGUN_MAX } from "../../../src/base/limits-models.ts";
import { bindTool } from "../../../src/core/deps.ts";
import { echoTool, makeWorld, says } from "../../support/core-world.ts";
import { type FakeFiles, makeFakeFiles } from "../../support/fake-files.ts";

const FILE = ".mikroclaw/begun";

/** A program whose model asks for one effect and then answers. */
function program(files: FakeFiles | null, effect: "write" | "read" = "write") {
  const runs: string[] = [];
  const write = bindTool(
    {
      ...{ name: "note", purpose: "notes", capMs: 5_000, outMax: 100, effect },
      args: () => z.strictObject({ n: z.string() }),
      async run(_s, _kit, { n }) {
        runs.push(n);
        return { text: "noted" };
      },
    },
    '{"type":"object","properties":{"n":{"type":"string"}}}',
  );
  const w = makeWorld({
    ...{ files, tools: [write, echoTool()] },
    always: async (ask) => {
      const last = ask.messages.at(-1);
      return last?.role === "tool" ? says(`done: ${last.text}`) : says("", [["note", { n: "x" }]]);
    },
  });
  return { w, runs };
}

const texts = (files: FakeFiles): string => Buffer.from(files.kept.get(FILE) ?? []).toString();

test("a message that comes again after a restart is not worked on, and the person is told", async () => {
  const files = makeFakeFiles();
  const first = program(files);
  await first.w.tell("go", { messageId: "1" });
  assert.deepEqual(first.w.texts(), ["done: noted"]);
  await first.w.end();
  const second = program(files);
  await second.w.tell("go", { messageId: "1" });
  assert.match(second.w.texts()[0] ?? "", /restarted.*not done a second time/);
  assert.deepEqual([first.runs.length, second.runs.length], [1, 0]);
  await second.w.tell("go", { messageId: "2" });
  assert.deepEqual(second.runs, ["x"]);
  await second.w.end();
});

test("several effects of one message are one note; reads and messages that cannot come again are none", async () => {
  const files = makeFakeFiles();
  const one = program(files);
  await one.w.tell("go", { messageId: "1" });
  const once = texts(files);
  assert.match(once, /^[0-9a-f]{24}\n$/);
  await one.w.pipeline.agent.say(one.w.scope, one.w.message("go", { messageId: "2", channel: "cli" }));
  assert.equal(texts(files), once);
  await one.w.end();
  const read = program(makeFakeFiles(), "read");
  await read.w.tell("go");
  assert.deepEqual(read.runs, ["x"]);
  await read.w.end();
});

test("what cannot be noted is not begun; without a disk there is nothing to note", async () => {
  const files = makeFakeFiles();
  files.full = true;
  const full = program(files);
  await full.w.tell("go");
  assert.deepEqual(full.runs, []);
  assert.match(full.w.texts()[0] ?? "", /disk is full/);
  await full.w.end();
  const none = program(null);
  await none.w.tell("go");
  assert.deepEqual(none.runs, ["x"]);
  await none.w.end();
});

test("BEGUN_MAX messages are known, the oldest is forgotten", async () => {
  const files = makeFakeFiles();
  const first = program(files);
  for (let n = 0; n <= BEGUN_MAX; n += 1) {
    await first.w.tell("go", { messageId: `${n}` });
    // Nobody may ask that often.
    await first.w.time.pass(60_000);
  }
  assert.equal(first.runs.length, BEGUN_MAX + 1);
  await first.w.end();
  assert.equal(texts(files).trim().split("\n").length, BEGUN_MAX);
  const { w, runs } = program(files);
  for (const [n, again] of [
    ["1", 0],
    [`${BEGUN_MAX}`, 0],
    ["0", 1],
  ] as const) {
    assert.ok(!isFault(await w.tell("go", { messageId: n })));
    assert.equal(runs.length, again, n);
  }
  await w.end();
});

test("notes that somebody spoiled are no reason to say nothing", async () => {
  const files = makeFakeFiles();
  files.folders.add(".mikroclaw");
  files.kept.set(FILE, new TextEncoder().encode("nonsense\n\u0000\n"));
  const { w, runs } = program(files);
  await w.tell("go");
  assert.deepEqual([runs.length, w.texts()], [1, ["done: noted"]]);
  await w.end();
});
