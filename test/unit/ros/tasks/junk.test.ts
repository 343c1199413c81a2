// Tasks on routers that answer anything: rows of wrong shapes, hostile texts in every field,
// faults of every kind. They answer or say a fault; they never throw, and stay in bounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as tasks from "../../../../src/app/catalog/tasks.ts";
import { type FaultKind, fault, isFault } from "../../../../src/base/fault.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import type { Task } from "../../../../src/port/task.ts";
import { fakeRouter } from "../../../support/core-world.ts";
import { makeFakeFiles } from "../../../support/fake-files.ts";
import { RUNS, SEED } from "../../../support/seed.ts";
import { HOSTILE } from "../../../support/task-rig.ts";
import { makeWorld } from "../../../support/virtual.ts";

const FIELDS = (
  ".id name interface list chain action address mac-address dst-address gateway immediate-gw active distance disabled dynamic " +
  "comment host-name status signal signal-strength channel frequency ssid rate full-duplex cpu-load free-memory servers " +
  "allow-remote-requests cache-size url enabled port group identity version latest-version current-firmware upgrade-firmware " +
  "free-hdd-space ret avg-rtt packet-loss src-address orig-rate repl-rate max-limit target in-interface-list protocol dst-port " +
  "connection-state jump-target include exclude listen-port on-event source via type master-interface add-default-route"
).split(" ");

const value = fc.oneof(
  fc.constantFrom(
    "true",
    "false",
    "",
    "ether1",
    "bridge",
    "WAN",
    "LAN",
    "input",
    "forward",
    "drop",
    "accept",
    "jump",
    "*1",
  ),
  fc.constantFrom(
    "0.0.0.0/0",
    "192.0.2.1%ether1",
    "192.168.88.1/24",
    "10.0.0.5",
    "00:11:22:33:44:55",
    "2437/ax/Ce",
    "-70",
  ),
  fc.constantFrom(
    "!LAN",
    "!established",
    "1-65535",
    "7.24.1",
    "99999999999999999999",
    "-1",
    "NaN",
    "1h2m",
    "é😀",
    HOSTILE,
  ),
  fc.string({ maxLength: 12 }),
);
const row = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 14 });
const answer = fc.oneof(
  { weight: 6, arbitrary: fc.array(row, { maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<FaultKind[]>("input", "denied", "missing", "conflict", "limit", "timeout", "unreachable", "failed")
      .map((kind) => fault(kind, HOSTILE)),
  },
);

const ALL = Object.values(tasks) as readonly unknown[] as ReadonlyArray<Task<string>>;

/** More than this no chat shows: a screen of findings with their next steps. */
const UNITS_MAX = 200_000;

test("whatever the router answers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(answer),
      fc.constantFrom(...ALL),
      fc.array(fc.oneof(fc.constant(""), fc.constantFrom("ether1", "yes", "1", "1.1.1.1", HOSTILE)), {
        minLength: 3,
        maxLength: 3,
      }),
      async (answers, task, words) => {
        const w = makeWorld();
        const router = fakeRouter();
        const print: typeof router.print = async (_s, _menu, _where, max) => {
          const next = answers.next().value as readonly RosRow[] | ReturnType<typeof fault>;
          return isFault(next) ? next : next.slice(0, max);
        };
        const kit = {
          clock: w.clock,
          random: w.random,
          log: w.log,
          router: { ...router, print, look: (s: typeof w.scope, command: string) => print(s, command, {}, 500) },
          files: makeFakeFiles(),
          health: () => ({}),
        };
        const args = Object.fromEntries(Object.keys(task.args).map((name, i) => [name, words[i] ?? ""]));
        const got = await task.run(w.scope, kit, args);
        const text = isFault(got) ? got.what : got.text;
        assert.ok(text.length <= UNITS_MAX, `${task.name}: ${text.length}`);
        assert.doesNotMatch(isFault(got) ? "" : text, /\u001b|\u202e/);
        if (!isFault(got) && got.commands !== undefined)
          for (const command of got.commands) assert.ok(command.startsWith("/") && !command.includes("\n"), command);
        await w.end();
      },
    ),
    { seed: SEED, numRuns: RUNS(400) },
  );
});
