// Snapshots and what is different from one: masked, in the workspace or in memory, read
// again as they were written, with texts of strangers in them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fault, isFault } from "../../../../src/base/fault.ts";
import { BACKUP_BYTES_MAX } from "../../../../src/base/limits.ts";
import { COMPARE_LINES_MAX, COMPARE_VALUE_CHARS_MAX } from "../../../../src/base/limits-tasks.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/base/utf8.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { backup } from "../../../../src/ros/tasks/backup.ts";
import { compare } from "../../../../src/ros/tasks/compare.ts";
import { readSnapshot, takeSnapshot } from "../../../../src/ros/tasks/snapshot.ts";
import { fakeRouter } from "../../../support/core-world.ts";
import { makeFakeFiles } from "../../../support/fake-files.ts";
import { RUNS, SEED } from "../../../support/seed.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";
import { makeWorld } from "../../../support/virtual.ts";

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: a snapshot in the workspace, and exactly what was changed since`, async () => {
    const files = makeFakeFiles();
    const t = taskRig(ros, { files });
    const { text } = await t.run(backup);
    const [[name, bytes] = ["", new Uint8Array()]] = files.kept;
    assert.match(name, /^backup-MikroTik-\d{8}T\d{6}Z\.txt$/);
    assert.match(text, /^Snapshot of \d+ menus\. Written to the workspace as backup-/);
    const kept = decodeUtf8(bytes);
    assert.match(kept, /\n\/ip\/firewall\/filter\n\.id="\*/);
    assert.doesNotMatch(kept, /copper-otter-lantern|wKx1mS0r|rx-byte|expires-after/);
    await t.rig.world.pass(90_000);
    assert.match((await t.run(compare)).text, new RegExp(`^Nothing is different from ${name}\\.`));

    await t.apply(['/ip/dns/static/add name="new.lan" address="192.168.88.9"']);
    await t.apply(['/ip/firewall/nat/set [find comment="file server from outside"] dst-port="9443"']);
    await t.apply(['/ip/firewall/address-list/remove [find list="blocked"]']);
    await t.apply(["/ip/dns/set servers=9.9.9.9"]);
    const told = (await t.run(compare)).text;
    assert.match(told, /^4 differences from backup-/);
    assert.match(told, /^\/ip\/dns\/static\n {2}\+ \*\w+ name=new\.lan address=192\.168\.88\.9$/m);
    assert.match(told, /^\/ip\/firewall\/nat\n {2}~ \*\w+ comment=file server.*\n {6}dst-port: 8443 → 9443$/m);
    assert.match(told, /^\/ip\/firewall\/address-list\n {2}- \*\w+ .*198\.51\.100\.66/m);
    assert.match(told, /^\/ip\/dns\n {2}~ ?\n {6}servers: "" → 9\.9\.9\.9$/m);
    assert.match(told, /masked, so a change of one is not seen/);
    assert.match((await t.run(compare, { file: name })).text, /^4 differences/);
  });
}

test("without a workspace the snapshot is in the message and in memory; a full disk is told", async () => {
  const t = taskRig("7.24");
  const none = await t.rig.run(compare.run(t.rig.world.scope, t.kit, { file: "" }));
  assert.ok(isFault(none) && none.fault === "missing");
  assert.match((await t.run(backup)).text, /No workspace is there, .*\n\n# MikroTik, RouterOS 7\.24/s);
  assert.match((await t.run(compare)).text, /^Nothing is different/);
  const files = makeFakeFiles();
  files.full = true;
  const f = taskRig("7.24", { files });
  assert.match((await f.run(backup)).text, /could not be written to the workspace: The disk is full/);
  assert.match((await f.run(compare)).text, /^Nothing is different/);
});

test("only whole snapshots of the workspace's own names are read; the newest one by its time", async () => {
  const files = makeFakeFiles();
  const t = taskRig("7.24", { files });
  const put = (name: string, text: string) => files.kept.set(name, encodeUtf8(text));
  put("backup-z-20200101T000000Z.txt", "not a snapshot");
  put("backup-a-20260101T000000Z.txt", '# a\n\n/system/identity\nname="old"\n');
  put("notes.txt", "# hello");
  const told = (await t.run(compare)).text;
  assert.match(told, /from backup-a-20260101T000000Z\.txt/);
  assert.match(told, /name: old → MikroTik/);
  const ask = async (file: string): Promise<string> => {
    const answer = await t.rig.run(compare.run(t.rig.world.scope, t.kit, { file }));
    assert.ok(isFault(answer), file);
    return answer.what;
  };
  assert.match(await ask("backup-z-20200101T000000Z.txt"), /is no whole snapshot/);
  for (const no of ["notes.txt", "../etc/passwd", "backup-x-20260101T000000Z.txt"])
    assert.match(await ask(no), /There is no snapshot "/, no);
  put("backup-a-20270101T000000Z.txt", "# cut\n# [… cut: too large]\n");
  assert.match(await ask(""), /is no whole snapshot/);
});

test("rows the router makes itself, a new order, menus that may not be read", async () => {
  const files = makeFakeFiles();
  files.kept.set(
    "backup-a-20260101T000000Z.txt",
    encodeUtf8(
      '# a\n\n/ip/firewall/filter\n.id="*1" chain="input"\n.id="*2" chain="input"\n\n/ip/route\n.id="*9" dynamic="true" gateway="x"\n\n/user\n# not readable: no\n',
    ),
  );
  const menus = {
    "/ip/firewall/filter": [
      { ".id": "*2", chain: "input" },
      { ".id": "*1", chain: "input" },
    ],
    "/ip/route": [{ ".id": "*A", dynamic: "true", gateway: "y" }],
    "/user": [{ ".id": "*1", name: "admin" }],
  };
  const { text } = await runOn(compare, menus, {}, files);
  assert.match(text, /^1 difference from/);
  assert.match(text, /^\/ip\/firewall\/filter\n {2}~ the order of the rows$/m);
  assert.match(text, /Not readable, so not compared: \/user\./);
});

test("what is written is read again as it was, whatever the values are", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.string({ unit: "grapheme", maxLength: 40 })),
      async (row) => {
        const w = makeWorld();
        const shown = { ".id": "*1", ...row };
        const { clock, log, random, scope } = w;
        const kit = { router: fakeRouter({ "/user": [shown] }), clock, log, random, health: () => ({}) };
        const made = await takeSnapshot(scope, kit);
        assert.ok(!isFault(made));
        const back = readSnapshot(made.text)?.get("/user")?.get("*1");
        assert.ok(back !== undefined && back !== null);
        // A second pass changes nothing more: controls are gone after the first.
        const again = await takeSnapshot(scope, { ...kit, router: fakeRouter({ "/user": [back] }) });
        assert.ok(!isFault(again));
        assert.deepEqual(readSnapshot(again.text)?.get("/user")?.get("*1"), back);
        await w.end();
      },
    ),
    { seed: SEED, numRuns: RUNS(60) },
  );
});

test("COMPARE_LINES_MAX lines are told and more are counted; values are cut; strangers' texts stay in their line", async () => {
  for (const [n, more] of [
    [COMPARE_LINES_MAX - 1, false],
    [COMPARE_LINES_MAX, true],
  ] as const) {
    const files = makeFakeFiles();
    files.kept.set("backup-a-20260101T000000Z.txt", encodeUtf8("# a\n"));
    const rows: RosRow[] = Array.from({ length: n }, (_, i) => ({ ".id": `*${i}`, comment: HOSTILE }));
    const { text } = await runOn(compare, { "/user": rows }, {}, files);
    assertTame(text);
    assert.equal(text.includes("… and 1 line more"), more);
  }
  const files = makeFakeFiles();
  const long = "z".repeat(COMPARE_VALUE_CHARS_MAX);
  files.kept.set("backup-a-20260101T000000Z.txt", encodeUtf8(`# a\n\n/user\n.id="*1" name="n" group="${long}"\n`));
  const { text } = await runOn(compare, { "/user": [{ ".id": "*1", name: "n", group: `${long}z` }] }, {}, files);
  assert.ok(text.includes(`group: ${long} → ${"z".repeat(COMPARE_VALUE_CHARS_MAX - 1)}…`));
});

test("a configuration larger than BACKUP_BYTES_MAX is cut, and a cut one is not compared", async () => {
  const big = (bytes: number): Record<string, RosRow[]> => ({
    "/user": Array.from({ length: Math.ceil(bytes / 1_000) }, (_, i) => ({ ".id": `*${i}`, name: "u".repeat(985) })),
  });
  const files = makeFakeFiles();
  files.kept.set("backup-a-20260101T000000Z.txt", encodeUtf8("# a\n"));
  assert.match((await runOn(compare, big(BACKUP_BYTES_MAX - 20_000), {}, files)).text, /differences from/);
  assert.match((await runOn(backup, big(BACKUP_BYTES_MAX + 2_000))).text, /\[… cut: too large\]/);
});

test("a router that is lost in the middle ends it with that", async () => {
  const w = makeWorld();
  const { clock, log, random, scope } = w;
  const router = fakeRouter({ "/ip/address": fault("unreachable", "The router is gone.") });
  const made = await takeSnapshot(scope, { router, clock, log, random, health: () => ({}) });
  assert.ok(isFault(made) && made.fault === "unreachable");
  await w.end();
});

test("the router does not choose the file's name, and what this program keeps secret is not in it", async () => {
  const w = makeWorld();
  const { clock, log, random, scope } = w;
  const router = fakeRouter({ "/system/script": [{ ".id": "*1", source: "key is hunter2hunter2" }] });
  router.facts = async () => ({ identity: "../a b\n/c", version: "7.24", board: "", uptime: "", simulated: true });
  const hide = (text: string): string => text.replaceAll("hunter2hunter2", "***");
  const made = await takeSnapshot(scope, { router, clock, log, random, health: () => ({}), hide });
  assert.ok(!isFault(made));
  assert.match(made.name, /^backup-_a_b_c-\d{8}T\d{6}Z\.txt$/);
  assert.match(made.text, /key is \*\*\*/);
  await w.end();
});

test("what moves in an old snapshot, and empty against not set, is no difference", async () => {
  const files = makeFakeFiles();
  files.kept.set(
    "backup-a-20260101T000000Z.txt",
    encodeUtf8(
      '# a\n\n/interface/wireguard/peers\n.id="*1" name="n" rx="5" current-endpoint-address="198.51.100.1" comment=""\n',
    ),
  );
  const { text } = await runOn(compare, { "/interface/wireguard/peers": [{ ".id": "*1", name: "n" }] }, {}, files);
  assert.match(text, /^Nothing is different/);
});
