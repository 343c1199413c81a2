// How the way to the internet is judged, how seldom the router is asked for it, and what it
// does to the choice of a model.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/base/fault.ts";
import { LINK_STATE_MS } from "../../../src/base/limits-models.ts";
import { makeWanWatch } from "../../../src/core/wan-state.ts";
import type { RosRow } from "../../../src/port/router.ts";
import { fakeRouter, link, makeWorld, never, says } from "../../support/core-world.ts";

const route = (gw: string, distance = "1"): RosRow => ({ "immediate-gw": gw, distance, active: "true" });
const two = [link("a", async () => says("a")), link("b", async () => says("b"))];

const probe = (host: string, loss: string, more: RosRow = {}): RosRow => ({ host, "loss-percent": loss, ...more });

test("metered, weak or good, by the active default route and by the probes", async () => {
  const quiet: RosRow[] = [probe("1.1.1.1", "0")];
  const ether = [route("203.0.113.1%ether1")];
  const rows: ReadonlyArray<readonly [RosRow[], RosRow[], string]> = [
    [ether, quiet, "good"],
    [[route("100.64.0.1%lte1")], quiet, "metered"],
    [[route("lte1")], quiet, "metered"],
    [[route("100.64.0.1%backup-sim")], quiet, "metered"],
    [[route("100.64.0.1%lte1", "2"), ...ether], quiet, "good"],
    [[route("100.64.0.1%lte1"), ...ether], quiet, "good"],
    [[route("100.64.0.1%lte1"), route("100.64.0.2%lte2")], quiet, "metered"],
    [ether, [probe("1.1.1.1", "40")], "weak"],
    [ether, [probe("dns.example", "10")], "weak"],
    [ether, [probe("1.1.1.1", "40", { disabled: "true" })], "good"],
    [ether, [probe("1.1.1.1", "9.9")], "good"],
    [ether, [probe("192.168.88.50", "100")], "good"],
    [ether, [probe("1.1.1.1", "0"), probe("203.0.113.9", "100")], "good"],
    [ether, [probe("1.1.1.1", "30"), probe("8.8.8.8", "20"), probe("9.9.9.9", "0")], "weak"],
    [ether, [{ host: "1.1.1.1", status: "down" }], "good"],
    [[], [], "good"],
  ];
  for (const [routes, watches, state] of rows) {
    const menus = { "/ip/route": routes, "/tool/netwatch": watches, "/interface": [] as RosRow[] };
    const router = fakeRouter(menus);
    const { print } = router;
    // The owner's own name for an LTE interface; its type says what it is.
    router.print = async (s, menu, where, max) =>
      menu === "/interface" && where["name"] === "backup-sim" ? [{ type: "lte" }] : print(s, menu, where, max);
    const w = makeWorld({ links: two, router });
    assert.equal(await makeWanWatch(w.deps).state(w.scope, "chat"), state, JSON.stringify([routes, watches]));
    await w.end();
  }
  const down = makeWorld({ links: two, router: fakeRouter({ "/ip/route": fault("unreachable", "down") }) });
  assert.equal(await makeWanWatch(down.deps).state(down.scope, "chat"), "good");
  await down.end();
});

test("the router is asked once a minute, not waited for, and not at all for one model", async () => {
  let asked = 0;
  const router = fakeRouter();
  router.print = (s) => {
    asked += 1;
    return never(s);
  };
  const w = makeWorld({ links: two, router });
  const watch = makeWanWatch(w.deps);
  const first = watch.state(w.scope, "chat");
  await w.time.pass(5_000);
  assert.equal(await first, "good");
  await watch.state(w.scope, "chat");
  assert.equal(asked, 1);
  await w.time.pass(LINK_STATE_MS);
  void watch.state(w.scope, "chat");
  await w.time.settle();
  assert.equal(asked, 2);
  await w.end();
  const one = makeWorld({ links: two.slice(1), router });
  await makeWanWatch(one.deps).state(one.scope, "chat");
  assert.equal(asked, 2);
  void makeWanWatch(one.deps).state(one.scope, "background");
  await one.time.settle();
  assert.equal(asked, 3, "but for what may wait");
  await one.end();
});

test("over LTE a model at home answers first", async () => {
  const home = {
    ...link("home", async () => says("from home")),
    traits: { toolless: false, local: true, small: false },
  };
  const cloud = link("cloud", async () => says("from the cloud"));
  for (const [gw, said] of [
    ["1.2.3.4%lte1", "from home"],
    ["1.2.3.4%ether1", "from the cloud"],
  ] as const) {
    const w = makeWorld({ links: [cloud, home], router: fakeRouter({ "/ip/route": [route(gw)] }) });
    await w.tell("hi");
    assert.deepEqual(w.texts(), [said]);
    await w.end();
  }
});
