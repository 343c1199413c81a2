// Slots are given in the order of asking, and never lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { caught, makeSlots } from "../../../src/core/slots.ts";
import { virtualTime } from "../../support/fake-host.ts";

test("first asked, first served; who stops waiting loses its place, not the slot", async () => {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const other = rootScope(time.timers);
  const slots = makeSlots(1);
  const got: string[] = [];
  assert.equal(await slots.take(root.scope), undefined);
  const ask = (name: string, s = root.scope) =>
    slots.take(s).then((r) => void got.push(isFault(r) ? `${name} stopped` : name));
  void ask("a");
  void ask("b", other.scope);
  void ask("c");
  other.stop(fault("stopped", "gone"));
  await time.settle();
  assert.deepEqual(got, ["b stopped"]);
  slots.give();
  await time.settle();
  slots.give();
  await time.settle();
  assert.deepEqual(got, ["b stopped", "a", "c"]);
  slots.give();
  assert.equal(await slots.take(root.scope), undefined);
  assert.ok(isFault(await slots.take(other.scope)));
  await root.end();
  await other.end();
});

test("caught turns a thrown bug into a value", async () => {
  assert.deepEqual(await caught(Promise.resolve(1)), { value: 1 });
  assert.deepEqual(await caught(Promise.reject(new TypeError("x"))), { bug: "TypeError: x" });
  assert.deepEqual(await caught(Promise.reject("x")), { bug: "not an Error" });
});
