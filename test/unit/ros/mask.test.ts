// No secret field's value leaves, in any menu of the manual's list.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { makeMasker } from "../../../src/ros/mask.ts";
import { RUNS, SEED } from "../../support/seed.ts";

interface Sensitive {
  menus: Record<string, string[]>;
  names: string[];
  extra: Record<string, string[]>;
}

const list = JSON.parse(readFileSync("build/data/routeros-sensitive.json", "utf8")) as Sensitive;

test("every listed field of every listed menu, in the menu, below it and with a prefix", () => {
  const menus = [...Object.entries(list.menus), ...Object.entries(list.extra)];
  assert.ok(Object.keys(list.menus).length >= 54);
  for (const [menu, fields] of menus) {
    for (const field of fields) {
      for (const [path, name] of [
        [menu, field],
        [`${menu}/below`, field],
        [menu, `group.${field}`],
      ] as const) {
        const masker = makeMasker();
        const row = masker.row(path, { ".id": "*1", [name]: "correct horse battery" });
        assert.deepEqual(row, { ".id": "*1", [name]: "***" }, `${path} ${name}`);
      }
    }
  }
});

test("listed names are hidden in any menu, and hidden values in later free text", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...list.names),
      fc.constantFrom("/log", "/interface", "/ip/address", "/made-up/menu"),
      fc.string({ minLength: 8, maxLength: 40 }).filter((v) => !/^[*\s]+$/.test(v)),
      (name, menu, value) => {
        const masker = makeMasker();
        assert.equal(masker.row(menu, { [name]: value })[name], "***");
        assert.ok(!masker.text(`before ${value} after`).includes(value));
      },
    ),
    { seed: SEED, numRuns: RUNS(300) },
  );
});

test("ordinary fields and empty secrets stay as they are", () => {
  const masker = makeMasker();
  const row = { name: "wg1", "public-key": "abc", comment: "password is on the fridge", "private-key": "" };
  assert.deepEqual(masker.row("/interface/wireguard", row), row);
});

test("remembered values are bounded", () => {
  const masker = makeMasker();
  for (let i = 0; i < 1_000; i += 1) masker.row("/ppp/secret", { password: `long-secret-${i}-end` });
  assert.ok(masker.text("long-secret-999-end").startsWith("<secret:"));
  assert.equal(masker.text("long-secret-0-end"), "long-secret-0-end");
});
