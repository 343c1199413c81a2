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

async function judged(menus: Parameters<typeof fakeRouter>[0]): Promise<string> {
  const w = makeWorld({ links: two, router: fakeRouter(menus) });
  const state = await makeWanWatch(w.deps).state(w.scope);
  await w.end();
  return state;
}

test("metered, weak or good, by the active default route and by the probes", async () => {
  const quiet: RosRow[] = [{ host: "1.1.1.1", "loss-percent": "0" }];
  const rows: ReadonlyArray<readonly [RosRow[], RosRow[], string]> = [
    [[route("203.0.113.1%ether1")], quiet, "good"],
    [[route("100.64.0.1%lte1")], quiet, "metered"],
    [[route("lte1")], quiet, "metered"],
    [[route("100.64.0.1%lte1", "2"), route("203.0.113.1%ether1")], quiet, "good"],
    [[route("203.0.113.1%ether1")], [{ "loss-percent": "40" }], "weak"],
    [[route("203.0.113.1%ether1")], [{ "loss-percent": "40", disabled: "true" }], "good"],
    [[route("203.0.113.1%ether1")], [{ "loss-percent": "9.9" }], "good"],
    [[], [], "good"],
  ];
  for (const [routes, watches, state] of rows) {
    assert.equal(
      await judged({ "/ip/route": routes, "/tool/netwatch": watches }),
      state,
      JSON.stringify([routes, watches]),
    );
  }
  assert.equal(await judged({ "/ip/route": fault("unreachable", "down") }), "good");
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
  const first = watch.state(w.scope);
  await w.time.pass(5_000);
  assert.equal(await first, "good");
  await watch.state(w.scope);
  assert.equal(asked, 1);
  await w.time.pass(LINK_STATE_MS);
  void watch.state(w.scope);
  await w.time.settle();
  assert.equal(asked, 2);
  await w.end();
  const one = makeWorld({ links: two.slice(1), router });
  await makeWanWatch(one.deps).state(one.scope);
  assert.equal(asked, 2);
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
