// POST print: `.query` as a stack machine, counts, chosen fields.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig, rowsOf } from "./rig.ts";

const post = (rig: Rig, path: string, body: unknown = {}) => rig.ask("POST", `/rest${path}`, body);

async function refusal(rig: Rig, path: string, body: unknown, detail: string): Promise<void> {
  const made = await post(rig, path, body);
  assert.deepEqual(made.body, { detail, error: 400, message: "Bad Request" });
}

const queries: ReadonlyArray<readonly [string[], string[]]> = [
  [
    ["type=wifi", "type=bridge", "#|"],
    ["wifi1", "wifi2", "bridge"],
  ],
  [
    ["type=ether", "name=ether1", "#!"],
    ["ether2", "ether3", "ether4", "ether5"],
  ],
  [["type=ether", "running=true", "#&", "#!", "type=ether"], ["ether4"]],
  [["comment", "type=bridge"], ["bridge"]],
  [["-comment", "type=wg", "#!", "type=wg"], []],
  [["<mtu=1500"], ["wireguard1"]],
  [[">mtu=1500"], ["lo"]],
  [["=name=ether2"], ["ether2"]],
  [["type=wg", "#.|"], ["wireguard1"]],
];
for (const [words, names] of queries) {
  test(`.query ${JSON.stringify(words)}`, async () => {
    const rig = makeRig();
    const rows = rowsOf(
      await post(rig, "/interface/print", {
        ".query": words,
        ".proplist": "name",
      }),
    );
    assert.deepEqual(
      rows.map((r) => r["name"]),
      names,
    );
    for (const row of rows) assert.deepEqual(Object.keys(row), [".id", "name"]);
  });
}

test("print counts, takes lists of fields, and refuses what it does not know", async () => {
  const rig = makeRig();
  assert.deepEqual((await post(rig, "/ip/service/print", { "count-only": "" })).body, { ret: "8" });
  assert.deepEqual((await post(rig, "/ip/service/print", { "count-only": "", ".query": ["disabled=false"] })).body, {
    ret: "3",
  });
  const rows = rowsOf(await post(rig, "/ip/service/print", { ".proplist": ["name", "port"], ".query": ["name=www"] }));
  assert.deepEqual(rows, [{ ".id": rows[0]?.[".id"], name: "www", port: "80" }]);
  await refusal(rig, "/ip/service/print", { wher: "x" }, "unknown parameter wher");
  const all = rowsOf(await post(rig, "/ip/service/print"));
  assert.equal(all.length, 8);
});
