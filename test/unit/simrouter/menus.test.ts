// Every menu of the 7.24 command tree answers GET; random writes keep the laws of ids.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RUNS, SEED } from "../../support/seed.ts";
import { makeRig, type Rig, rowOf, rowsOf, TREE } from "./rig.ts";

function allMenus(from = "/"): string[] {
  return TREE.children(from).flatMap((name) => {
    const path = from === "/" ? `/${name}` : `${from}/${name}`;
    return [path, ...allMenus(path)];
  });
}

test("every menu: a list, an object, or the words for a folder without print", async () => {
  const { ask } = makeRig();
  const counts = { lists: 0, objects: 0, folders: 0 };
  for (const path of allMenus()) {
    const menu = TREE.menu(path);
    const made = await ask("GET", `/rest${path}`);
    if (menu === null || !menu.commands.includes("print")) {
      assert.deepEqual(made.body, { detail: "no such command", error: 400, message: "Bad Request" }, path);
      counts.folders += 1;
    } else {
      assert.equal(made.status, 200, path);
      assert.equal(Array.isArray(made.body), menu.list, path);
      counts[menu.list ? "lists" : "objects"] += 1;
    }
  }
  assert.ok(counts.lists > 400 && counts.objects > 100 && counts.folders >= 20, JSON.stringify(counts));
});

test("the home's rows use only names that the tree or the manual's read-only list has, for what can be written", () => {
  const { router } = makeRig();
  for (const path of allMenus()) {
    const menu = TREE.menu(path);
    if (menu === null || !menu.list) continue;
    for (const row of router.world.rows(path)) {
      const required = (menu.args("add") ?? []).filter((f) => f.required === true && f.name !== "password");
      if (row["dynamic"] === "true") continue;
      for (const field of required)
        assert.notEqual(row[field.name], undefined, `${path} ${row[".id"]} lacks ${field.name}`);
    }
  }
});

test("every menu with add: an unknown parameter is refused and nothing is kept", async () => {
  const { ask, router } = makeRig();
  for (const path of allMenus()) {
    const menu = TREE.menu(path);
    if (menu?.commands.includes("add") !== true || menu.approx) continue;
    const before = router.world.rows(path).length;
    const made = await ask("PUT", `/rest${path}`, { "no-such-thing": "1" });
    assert.deepEqual(
      made.body,
      { detail: "unknown parameter no-such-thing", error: 400, message: "Bad Request" },
      path,
    );
    assert.equal(router.world.rows(path).length, before, path);
  }
});

type Step = { kind: "add"; octet: number; before: boolean } | { kind: "remove" | "move" | "disable"; at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), octet: fc.integer({ min: 1, max: 250 }), before: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("remove" as const, "move" as const, "disable" as const), at: fc.nat(40) }),
);

const NAT = "/rest/ip/firewall/nat";

/** Does one step on the router and on the model, a list of ids. */
async function take(ask: Rig["ask"], model: string[], used: Set<string>, one: Step): Promise<void> {
  if (one.kind === "add") {
    const goal = one.before ? model[0] : undefined;
    const place = goal === undefined ? {} : { "place-before": goal };
    const wanted = { chain: "dstnat", action: "dst-nat", "to-addresses": `192.168.88.${one.octet}`, ...place };
    const id = rowOf(await ask("PUT", NAT, wanted))[".id"] ?? "";
    assert.ok(!used.has(id), `${id} was given twice`);
    used.add(id);
    model.splice(goal === undefined ? model.length : 0, 0, id);
    return;
  }
  const id = model[one.at % Math.max(1, model.length)];
  if (id === undefined) return;
  if (one.kind === "disable") {
    assert.equal(rowOf(await ask("PATCH", `${NAT}/${id}`, { disabled: true }))["disabled"], "true");
    return;
  }
  const removes = one.kind === "remove";
  const made = removes ? await ask("DELETE", `${NAT}/${id}`) : await ask("POST", `${NAT}/move`, { ".id": id });
  assert.equal(made.status, removes ? 204 : 200);
  model.splice(model.indexOf(id), 1);
  if (!removes) model.push(id);
}

test("property: any mix of add, remove, move and disable keeps the order and never repeats an id", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { ask } = makeRig();
      const model = rowsOf(await ask("GET", NAT)).map((r) => r[".id"] ?? "");
      const used = new Set(model);
      for (const one of steps) await take(ask, model, used, one);
      assert.deepEqual(
        rowsOf(await ask("GET", NAT)).map((r) => r[".id"]),
        model,
      );
    }),
    { seed: SEED, numRuns: RUNS(40) },
  );
});

test("property: no body makes it fall over", async () => {
  const { ask } = makeRig();
  const paths = [
    "/rest/ip/address",
    "/rest/ip/firewall/filter",
    "/rest/user",
    "/rest/interface/vlan",
    "/rest/ip/dhcp-server/lease",
  ];
  const keys = [
    "address",
    "interface",
    "chain",
    "name",
    "group",
    "password",
    "vlan-id",
    "mac-address",
    "__proto__",
    "constructor",
    ".id",
    "place-before",
    "copy-from",
    "!comment",
    "timeout",
    "policy",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.dictionary(
        fc.constantFrom(...keys),
        fc.oneof(fc.string(), fc.ipV4(), fc.integer(), fc.boolean(), fc.constant(null)),
      ),
      async (path, body) => {
        const made = await ask("PUT", path, body);
        assert.ok([201, 400].includes(made.status), `${made.status} ${JSON.stringify(made.body)}`);
      },
    ),
    { seed: SEED, numRuns: RUNS(300) },
  );
});
