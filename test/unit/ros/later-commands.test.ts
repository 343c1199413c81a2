import assert from "node:assert/strict";
import { test } from "node:test";
import { packCommands } from "../../../scripts/gen-commands.ts";
import { laterCommands } from "../../../src/ros/later-commands.ts";
import { testCommands } from "../../support/commands.ts";

test("the tree is unpacked once, when it is first asked for", () => {
  let loads = 0;
  const tree = laterCommands(() => {
    loads += 1;
    return packCommands();
  });
  assert.equal(loads, 0);
  const whole = testCommands();
  assert.equal(tree.version, whole.version);
  assert.deepEqual(tree.releases, whole.releases);
  assert.deepEqual(tree.children("/ip/firewall"), whole.children("/ip/firewall"));
  assert.deepEqual(tree.menu("/ip/address")?.fields, whole.menu("/ip/address")?.fields);
  assert.deepEqual(tree.history("/container/add"), whole.history("/container/add"));
  assert.ok(tree.has("/ip") && !tree.has("/ipx"));
  assert.equal(loads, 1);
});

test("a build without the tree is a Bug when it is asked for", () => {
  const tree = laterCommands(() => null);
  assert.throws(() => tree.version, { name: "Bug" });
});
