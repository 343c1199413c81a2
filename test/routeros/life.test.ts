// install.rsc, upgrade.rsc and uninstall.rsc on a simulated router of every family of
// releases: it runs, the second run of each changes nothing, and in the end the router is
// what it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { named, releaseOf, withOlderNames } from "../../src/ros/releases.ts";
import { surveyScript } from "../../src/ros/script.ts";
import { TREE } from "../unit/simrouter/rig.ts";
import { actions, configuration, FAMILIES, isRunning, ours, rig, rows, run, script, upload } from "./support.ts";

const [INSTALL, UPGRADE, UNINSTALL] = [script("install"), script("upgrade"), script("uninstall")];

for (const [name, text] of Object.entries({ INSTALL, UPGRADE, UNINSTALL })) {
  test(`${name.toLowerCase()}: every command that is written out is known in every release`, () => {
    const survey = surveyScript(withOlderNames(TREE), text);
    assert.ok(!isFault(survey), isFault(survey) ? survey.what : "");
    assert.ok(survey.commands.length > 1);
    for (const ros of FAMILIES) {
      const release = releaseOf(TREE, ros);
      assert.ok(!isFault(release));
      for (const command of survey.commands) {
        const made = named(TREE, release, command);
        assert.ok(!isFault(made), isFault(made) ? made.what : "");
      }
    }
  });
}

for (const ros of FAMILIES) {
  test(`${ros}: installed, again, upgraded, again, uninstalled, again`, async () => {
    const r = rig(ros);
    const before = configuration(r);
    await upload(r, "the first image");

    assert.match(await run(r, INSTALL), /^mikroclaw: it runs\./);
    const first = rows(r, "/container")[0];
    assert.ok(isRunning(first));
    const [installed, done] = [configuration(r), actions(r)];
    assert.match(await run(r, INSTALL), /^mikroclaw: it runs\./);
    assert.deepEqual(configuration(r), installed);
    assert.equal(actions(r), done, "a second run does nothing at all");

    await upload(r, "another image, which is longer");
    await run(r, UPGRADE);
    const second = rows(r, "/container")[0];
    assert.ok(isRunning(second));
    assert.notEqual(second?.[".id"], first?.[".id"]);
    assert.notEqual(second?.["root-dir"], first?.["root-dir"], "a root is never used twice in a row");
    const [upgraded, then] = [configuration(r), actions(r)];
    await run(r, UPGRADE);
    assert.deepEqual(configuration(r), upgraded);
    assert.equal(actions(r), then);

    assert.match(await run(r, UNINSTALL), /is gone/);
    assert.deepEqual(configuration(r), before);
    const last = actions(r);
    await run(r, UNINSTALL);
    assert.deepEqual(configuration(r), before);
    assert.equal(actions(r), last);
    r.stop();
  });

  test(`${ros}: on a disk of the owner's nothing is in RAM and nothing of it is lost at a restart`, async () => {
    const r = rig(ros);
    await upload(r, "the image");
    const before = configuration(r);
    await run(r, INSTALL.replace(':local store ""', ':local store "usb1"'));
    assert.equal(ours(r, "/disk").length, 0);
    assert.equal(ours(r, "/system/scheduler").length, 0);
    const [mount] = ours(r, "/container/mounts");
    assert.equal(mount?.["src"], "usb1/mikroclaw-data");
    const [container] = rows(r, "/container");
    assert.equal(container?.["mountlists"] ?? container?.["mounts"], "mikroclaw");
    assert.match(container?.["root-dir"] ?? "", /^usb1\/mikroclaw\//);
    r.router.world.reboot();
    await r.pass(20_000);
    assert.ok(isRunning(rows(r, "/container")[0]));
    await run(r, UNINSTALL);
    const { "/file": had, ...was } = before;
    const { "/file": has, ...is } = configuration(r);
    assert.deepEqual(is, was);
    assert.notDeepEqual(has, had, "the image went with the rest");
    r.stop();
  });

  test(`${ros}: in RAM it comes up again by itself after a restart and after a power cut`, async () => {
    const r = rig(ros);
    await upload(r, "the image");
    await run(r, INSTALL);
    for (const way of ["reboot", "cutPower"] as const) {
      r.router.world[way]();
      await r.pass(9_000);
      assert.ok(!isRunning(rows(r, "/container")[0]));
      for (let i = 0; i < 200 && !isRunning(rows(r, "/container")[0]); i += 1) await r.pass(500);
      assert.ok(isRunning(rows(r, "/container")[0]), way);
    }
    r.stop();
  });
}
