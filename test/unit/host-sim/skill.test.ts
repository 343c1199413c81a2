// Skills of the simulator: peers that speak the pipe's protocol, well or badly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { SKILL_MESSAGE_BYTES_MAX } from "../../../src/base/limits.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { makeSkillReader, skillMessage, skillScript } from "../../../src/base/skill.ts";
import type { SkillMove, SkillPlay } from "../../../src/host/sim/skill.ts";
import { CODE } from "../../../src/port/abi.ts";
import type { Stream } from "../../../src/port/host.ts";
import { drive } from "../../sim/support/drive.ts";
import { machineOn, ok, withRoot, world } from "../../sim/support/worlds.ts";
import { SEED } from "../../support/seed.ts";

const LIMITS = { kind: "skill", argv: [], capMs: 1_000, heapBytes: 4_194_304 } as const;

async function conversation(s: Scope, stream: Stream, answers: readonly string[]): Promise<string[]> {
  const take = makeSkillReader();
  const heard: string[] = [];
  const left = [skillScript("1", null), ...answers];
  const put = async (): Promise<void> => {
    const text = left.shift();
    if (text !== undefined) await ok(stream.write(s, await ok(skillMessage(text))));
  };
  await put();
  for (;;) {
    const bytes = await stream.read(s, 16_384);
    if (!isFault(bytes) && bytes.length === 0) return heard;
    const messages = isFault(bytes) ? bytes : take(bytes);
    if (isFault(messages)) return [...heard, `${messages.fault}: ${messages.what}`];
    heard.push(...messages);
    for (const _ of messages) await put();
  }
}

/** What a program hears of a skill played so, up to its end; then how it ended. */
async function hear(skill: SkillPlay | undefined, answers: readonly string[] = []): Promise<string[]> {
  const w = world(SEED);
  const { host, machine } = machineOn(w, "machine", { address: "10.0.0.1", ...(skill && { skill }) });
  return drive(w, () =>
    withRoot(host, async (s) => {
      const stream = await host.spawn(s, LIMITS);
      if (isFault(stream)) return [`${stream.fault}: ${stream.code}`];
      const heard = await conversation(s, stream, answers);
      await stream.close();
      assert.equal(machine.openHandles, 0);
      return heard;
    }),
  );
}

const always =
  (...moves: SkillMove[]): SkillPlay =>
  () =>
    moves;

test("a skill that speaks well is heard in order and ends well", async () => {
  const play: SkillPlay = (heard) =>
    heard.startsWith("(") ? ['{"log":"one"}', '{"call":{}}'] : [`{"result":${heard}}`, { end: CODE.OK }];
  assert.deepEqual(await hear(play, ["7"]), ['{"log":"one"}', '{"call":{}}', '{"result":7}']);
});

test("a skill that says nothing ends with its time", async () => {
  const [last] = await hear(always());
  assert.match(last ?? "", /^timeout: The skill was ended: /);
});

test("the end of a skill is told with its reason", async () => {
  assert.deepEqual(await hear(always('{"log":"a"}', { end: CODE.NOSPACE, why: "The skill was ended: memory." })), [
    '{"log":"a"}',
    "limit: The skill was ended: memory.",
  ]);
  assert.match((await hear(always({ end: CODE.IO })))[0] ?? "", /^failed: /);
});

test("torn, endless and oversized messages come as they are", async () => {
  assert.deepEqual(await hear(always(Uint8Array.of(0, 0, 0, 9, 123), { end: CODE.OK })), []);
  assert.match((await hear(always(Uint8Array.of(255, 255, 255, 255))))[0] ?? "", /^limit: /);
  assert.match((await hear(always("x".repeat(SKILL_MESSAGE_BYTES_MAX + 1))))[0] ?? "", /^denied: /);
});

test("a machine without a part to play refuses skills", async () => {
  assert.deepEqual(await hear(undefined), ["input: unsupported"]);
});
