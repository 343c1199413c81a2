// What a reload takes anew, and what it tells of the rest.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../../src/app/config.ts";
import { makeReload } from "../../../src/app/reload.ts";
import { fault, isFault, sayFault } from "../../../src/base/fault.ts";
import { configOf } from "../../support/config.ts";
import { makeWorld } from "../../support/virtual.ts";

const START = { OPENAI_API_KEY: "key-one", MODEL: "m", BOT_TOKEN: "t" };

/** Each reload reads the next of these. */
async function reloads(...later: ReadonlyArray<Record<string, string>>) {
  const world = makeWorld();
  const next = await Promise.all(later.map(configOf));
  const taken: Config[] = [];
  const again = async (): Promise<Config> => next.shift() ?? configOf(START);
  const run = makeReload({ ...(await configOf(START)), again }, (now) => {
    if (now.text("MODEL") === "bad") return fault("input", "No such model.");
    taken.push(now);
    return 2;
  });
  const wrapped = next.map((c) => Object.assign(c, { again }));
  assert.equal(wrapped.length, later.length);
  const told = async (): Promise<string> => {
    const said = await run(world.scope);
    return isFault(said) ? `fault: ${sayFault(said)}` : said;
  };
  return { told, taken };
}

test("changed models and keys are taken and named, without their values", async () => {
  const r = await reloads({ ...START, OPENAI_API_KEY: "key-two", RELIABLE_PROVIDERS: "groq/x" });
  const said = await r.told();
  assert.match(said, /^The configuration was read again: 2 models; changed: OPENAI_API_KEY, RELIABLE_PROVIDERS\.$/);
  assert.equal(r.taken.length, 1);
});

test("nothing changed is said; what waits for a start is said each time", async () => {
  const other = { ...START, BOT_TOKEN: "u", BUDGET_DAY: "5 usd" };
  const r = await reloads(START, other, other);
  assert.match(await r.told(), /nothing about them has changed\.$/);
  for (let i = 0; i < 2; i += 1) {
    assert.match(
      await r.told(),
      /nothing about them has changed\.\nAfter a new start only: (BOT_TOKEN, BUDGET_DAY|BUDGET_DAY, BOT_TOKEN)\.$/,
    );
  }
});

test("a configuration that cannot work changes nothing", async () => {
  const r = await reloads({ ...START, MODEL: "bad" });
  assert.match(await r.told(), /^fault: No such model/);
  assert.deepEqual(r.taken, []);
});

test("an environment cannot change: the fault says what can", async () => {
  const world = makeWorld();
  const run = makeReload(await configOf(START), () => 1);
  const said = await run(world.scope);
  assert.ok(isFault(said));
  assert.match(sayFault(said), /environment.*MIKROCLAW_CONFIG/);
});
