// Pictures on their way through a turn: fetched, shown, told in words where they cannot be
// shown, and forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/base/fault.ts";
import { HISTORY_BYTES_MAX, TURN_STEPS_MAX } from "../../../src/base/limits.ts";
import { IMAGE_FETCH_MS, IMAGES_MAX, IMAGES_UNITS_MAX } from "../../../src/base/limits-models.ts";
import type { BoundChannel } from "../../../src/core/deps.ts";
import { keptOf } from "../../../src/core/pictures.ts";
import type { Inbound, Picture } from "../../../src/port/channel.ts";
import type { Ask, Message } from "../../../src/port/provider.ts";
import { link, makeWorld, says, type World } from "../../support/core-world.ts";
import { PNG } from "../../support/pictures.ts";

const REF = { ref: "file-1" };
const blind = fault("input", "m does not support images.", { code: "model_blind" });

/** A channel whose pictures are fetched by `picture`. */
const fetching = (picture: NonNullable<BoundChannel["picture"]>): BoundChannel => ({
  id: "telegram",
  can: { edit: true, buttons: true, threads: false, textMax: 4_096 },
  send: async (_s, m) => ({ remoteId: m.key }),
  picture,
});

function users(ask: Ask | undefined): Array<Extract<Message, { role: "user" }>> {
  return (ask?.messages ?? []).flatMap((m) => (m.role === "user" ? [m] : []));
}

const last = (w: World): Extract<Message, { role: "user" }> | undefined => users(w.asks.at(-1)).at(-1);

test("a picture is shown in each step of its turn, and is a mark afterwards", async () => {
  const got: string[] = [];
  const channel = fetching(async (_s, ref) => {
    got.push(ref);
    return PNG;
  });
  const script = [says("", [["echo", { q: "x" }]]), says("A lamp."), says("Red.")];
  const w = makeWorld({ channels: [channel], script });
  await w.tell("what is it?", { pictures: [REF, PNG] });
  assert.deepEqual(got, ["file-1"]);
  for (const ask of w.asks) assert.deepEqual(users(ask), [{ role: "user", text: "what is it?", images: [PNG, PNG] }]);
  await w.tell("and its colour?");
  assert.deepEqual(
    users(w.asks[2]).map((m) => [m.images, /2 pictures came with this/.test(m.text)]),
    [
      [undefined, true],
      [undefined, false],
    ],
  );
  assert.ok(!JSON.stringify(w.asks[2]).includes(PNG.data));
  await w.end();
});

test("a picture without words is a question; without a picture it is none", async () => {
  const w = makeWorld({ channels: [fetching(async () => PNG)] });
  await w.tell("", { pictures: [REF] });
  assert.deepEqual(last(w), { role: "user", text: "(A picture without words.)", images: [PNG] });
  await w.tell("  ");
  assert.equal(w.asks.length, 1);
  await w.end();
});

test("a picture that cannot be fetched, or not in time, is told of; nothing is lost", async () => {
  const channel = fetching(async (s, ref) => {
    if (ref === "big") return fault("limit", "It is too big.", { next: "Send a smaller one." });
    return new Promise((resolve) => void s.onStop(resolve));
  });
  const w = makeWorld({ channels: [channel] });
  await w.tell("look", { pictures: [{ ref: "big" }, { ref: "slow" }, PNG] });
  await w.time.pass(IMAGE_FETCH_MS);
  assert.match(last(w)?.text ?? "", /^look\n\[1 picture .* It is too big\. Send a smaller one\.\]\n\[1 picture .*\]$/);
  assert.deepEqual(last(w)?.images, [PNG]);
  await w.end();
});

test("the bound of a message's pictures, on both sides", async () => {
  const w = makeWorld({ channels: [fetching(async () => PNG)] });
  const big = (units: number): Picture => ({ ...PNG, data: "A".repeat(units) });
  const taken = async (...pictures: Picture[]): Promise<boolean> => {
    const before = w.asks.length;
    await w.tell("look", { pictures });
    return w.asks.length > before;
  };
  assert.deepEqual(
    [
      await taken(...Array(IMAGES_MAX).fill(REF)),
      await taken(...Array(IMAGES_MAX + 1).fill(REF)),
      await taken(big(IMAGES_UNITS_MAX)),
      await taken(big(IMAGES_UNITS_MAX), big(1)),
      await taken({ ref: "x".repeat(256) }),
      await taken({ ref: "x".repeat(257) }),
    ],
    [true, false, true, false, true, false],
  );
  await w.end();
});

test("a row keeps what can be fetched again, and words for the rest", async () => {
  const m: Inbound = {
    ...{ channel: "http", account: "local", chat: "a", sender: "a", messageId: "1", text: "look", sentMs: 0 },
  };
  assert.deepEqual(keptOf(m), m);
  assert.deepEqual(keptOf({ ...m, pictures: [REF] }), { ...m, pictures: [REF] });
  const mixed = keptOf({ ...m, pictures: [PNG, REF] });
  assert.deepEqual(mixed.pictures, [REF]);
  assert.match(mixed.text, /^look\n\[1 picture came with this\./);
});

test("who takes no pictures is asked after the others, from then on, and at last with words in their place", async () => {
  const asked: string[] = [];
  const eyes = (name: string, sees: boolean) =>
    link(name, async (ask) => {
      const shown = users(ask).at(-1)?.images !== undefined;
      asked.push(`${name} ${shown}`);
      return shown && !sees ? blind : says(name);
    });
  const w = makeWorld({ links: [eyes("text", false), eyes("eyes", true)] });
  await w.tell("look", { pictures: [PNG] });
  await w.tell("look", { pictures: [PNG] });
  await w.tell("hello");
  assert.deepEqual(asked, ["text true", "eyes true", "eyes true", "text false"]);
  assert.deepEqual(w.texts(), ["eyes", "eyes", "text"]);
  await w.end();

  asked.length = 0;
  const told: string[] = [];
  const alone = makeWorld({
    links: [
      link("text", async (ask) => {
        told.push(users(ask).at(-1)?.text ?? "");
        return users(ask).at(-1)?.images === undefined ? says("I cannot see it.") : blind;
      }),
    ],
  });
  await alone.tell("look", { pictures: [PNG] });
  assert.deepEqual(alone.texts(), ["I cannot see it."]);
  assert.deepEqual(told.length, 2);
  assert.match(told[1] ?? "", /^look\n\[1 picture came with this\. You cannot see it; tell the person\. m does not/);
  await alone.tell("look again", { pictures: [PNG] });
  assert.equal(told.length, 3, "known by now");
  await alone.end();
});

test("a picture that a service refuses is not held against the model", async () => {
  let n = 0;
  const w = makeWorld({
    links: [
      link("m", async (ask) => {
        n += 1;
        const shown = users(ask).at(-1)?.images !== undefined;
        return shown && n === 1
          ? fault("input", "Could not process image.", { code: "model_image" })
          : says(`${shown}`);
      }),
    ],
  });
  await w.tell("look", { pictures: [PNG] });
  await w.tell("look", { pictures: [PNG] });
  assert.deepEqual(w.texts(), ["false", "true"]);
  await w.end();
});

test("many pictures in one conversation: each is gone before the next one comes", async () => {
  const w = makeWorld({ channels: [fetching(async () => ({ ...PNG, data: PNG.data.padEnd(200_000, "A") }))] });
  for (let i = 0; i < 12; i += 1) await w.tell(`picture ${i}`, { pictures: [REF, REF] });
  for (const ask of w.asks) assert.equal(users(ask).flatMap((m) => m.images ?? []).length, 2);
  const { messages } = w.asks.at(-1) ?? { messages: [] };
  assert.ok(JSON.stringify(messages.slice(0, -1)).length < HISTORY_BYTES_MAX);
  await w.end();
});

test("the last step of a turn has to be words", async () => {
  let n = 0;
  const w = makeWorld({
    always: async (ask: Ask) => {
      n += 1;
      w.asks.push(ask);
      return ask.toolChoice === "none" ? says("That is all I found.") : says("", [["echo", { q: `${n}` }]]);
    },
  });
  await w.tell("go");
  assert.equal(n, TURN_STEPS_MAX);
  assert.deepEqual(w.texts(), ["That is all I found."]);
  await w.end();
});
