import assert from "node:assert/strict";
import { test } from "node:test";
import { makeProbes } from "../../../src/app/probes.ts";
import { fault, type Outcome } from "../../../src/base/fault.ts";
import { listLog } from "../../support/fake-host.ts";
import { makeWorld } from "../../support/virtual.ts";

const EVERY_MS = 30_000;

/** Two minutes of probes of a router that does in turn what `looks` say. */
async function watched(looks: ReadonlyArray<Outcome<string>>): Promise<{ log: string[]; state: unknown }> {
  const w = makeWorld();
  const log = listLog();
  let n = 0;
  const look = () => Promise.resolve(looks[Math.min(n++, looks.length - 1)] ?? "");
  const probes = makeProbes([{ name: "routeros", everyMs: EVERY_MS, look }], ["memu"], w.clock, log);
  assert.deepEqual(probes.state(), { routeros: false, memu: false });
  const running = probes.run(w.scope);
  await w.settle();
  await w.pass(120_000);
  w.stop();
  await running;
  await w.end();
  const said = log.lines.map(({ level, name, fields }) => `${level} ${name} ${fields["works"] ?? fields["what"]}`);
  return { log: said, state: probes.state() };
}

const refused = fault("denied", "The router refuses the login.", { next: "Set ROUTER_PASS." });

test("what does not work at the first look is told with its reason, once; then only changes are", async () => {
  const told = [
    "warn probe.failed The router refuses the login.",
    "info probe.changed true",
    "info probe.changed false",
  ];
  assert.deepEqual(await watched([refused, refused, "up", refused]), {
    log: told,
    state: { routeros: false, memu: false },
  });
});

test("what works at once is told as a change", async () => {
  assert.deepEqual(await watched(["up"]), {
    log: ["info probe.changed true"],
    state: { routeros: true, memu: false },
  });
});
