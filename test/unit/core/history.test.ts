// /history and /undo: what was decided in this chat, and the way back as a new plan.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWorld, type World } from "../../support/core-world.ts";

const idIn = (text: string): string => /\b[0-9A-HJKMNP-TV-Z]{6}\b/.exec(text)?.[0] ?? "";

async function applied(w: World, command: string): Promise<string> {
  await w.tell(command);
  const id = idIn(w.texts().at(-1) ?? "");
  await w.tell(`/approve ${id}`);
  return id;
}

test("history shows each plan with its end; undo takes the last kept one back", async () => {
  const w = makeWorld();
  await w.tell("/history");
  assert.match(w.texts().at(-1) ?? "", /No plan was offered here/);
  const one = await applied(w, "/ip dns set servers=1.1.1.1");
  await w.time.pass(1_000);
  const two = await applied(w, "/ip dns set servers=9.9.9.9");
  await w.time.pass(1_000);
  await w.tell("/ip dns set servers=8.8.8.8");
  await w.tell("/deny");
  await w.tell("/history");
  const lines = (w.texts().at(-1) ?? "").split("\n");
  assert.match(lines[0] ?? "", new RegExp(`^${one} +kept .*1\\.1\\.1\\.1`));
  assert.match(lines[1] ?? "", new RegExp(`^${two} +kept .*9\\.9\\.9\\.9`));
  assert.match(lines[2] ?? "", / denied .*8\.8\.8\.8/);
  await w.tell("/undo");
  assert.match(w.texts().at(-1) ?? "", new RegExp(`This takes ${two} .*Plan `, "s"));
  await w.tell("/approve");
  assert.match(w.router.changes.at(-1) ?? "", /^undo .*9\.9\.9\.9/);
  await w.tell(`/undo ${one}`);
  assert.match(w.texts().at(-1) ?? "", new RegExp(`This takes ${one} `));
  await w.end();
});

test("another chat sees nothing of it", async () => {
  const w = makeWorld();
  const id = await applied(w, "/ip dns set servers=1.1.1.1");
  await w.tell("/history", { chat: "other" });
  assert.match(w.texts().at(-1) ?? "", /No plan/);
  await w.tell(`/undo ${id}`, { chat: "other" });
  assert.match(w.texts().at(-1) ?? "", /No kept change/);
  await w.end();
});
