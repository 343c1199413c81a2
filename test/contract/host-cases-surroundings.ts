// Cases of the host suite about time, chance and what surrounds the program.

import assert from "node:assert/strict";
import { isFault } from "../../src/base/fault.ts";
import { withScope } from "../../src/base/scope.ts";
import { bad, type Case, good, stoppable } from "./host-ground.ts";

export const surroundingCases: readonly Case[] = [
  {
    id: "sleep-order",
    title: "sleeps end in the order of their times and never early",
    async on({ host, scope }) {
      // A busy machine may stop the program between two calls, so when a sleep is due is known
      // only to lie between two moments; what is surely due later may not end earlier.
      const ended: Array<{ ms: number; firstMs: number; lastMs: number }> = [];
      const sleep = async (ms: number): Promise<void> => {
        const fromMs = host.clock.monoMs();
        const wait = host.clock.sleep(scope, ms);
        const setMs = host.clock.monoMs();
        good(await wait);
        assert.ok(host.clock.monoMs() - fromMs >= ms, `a sleep of ${ms} ms ended early`);
        ended.push({ ms, firstMs: fromMs + ms, lastMs: setMs + ms });
      };
      await Promise.all([sleep(150), sleep(50), sleep(100), sleep(0)]);
      assert.deepEqual(
        ended.map((each) => each.ms).sort((a, b) => a - b),
        [0, 50, 100, 150],
      );
      for (const [i, one] of ended.entries()) {
        for (const next of ended.slice(i + 1)) {
          assert.ok(one.firstMs <= next.lastMs, `${one.ms} ms ended before ${next.ms} ms, and was due later`);
        }
      }
    },
  },
  {
    id: "sleep-cancel",
    title: "a stopped scope ends a sleep at once",
    async on({ host, scope }) {
      const work = stoppable(scope, (s) => host.clock.sleep(s, 3_600_000));
      await host.clock.sleep(scope, 5);
      work.stop(bad(await host.files("workspace")?.read(scope, "..", 1), "input"));
      bad(await work.done, "input");
    },
  },
  {
    id: "deadline",
    title: "a deadline ends a sleep as a timeout",
    async on({ host, scope }) {
      bad(await withScope(scope, 10, (s) => host.clock.sleep(s, 3_600_000)), "timeout");
    },
  },
  {
    id: "clocks",
    title: "the monotonic clock only grows and the wall clock is a number",
    async on({ host, scope }) {
      let before = host.clock.monoMs();
      for (let i = 0; i < 100; i += 1) {
        const now = host.clock.monoMs();
        assert.ok(now >= before);
        before = now;
      }
      good(await host.clock.sleep(scope, 2));
      assert.ok(host.clock.monoMs() > before);
      assert.ok(Number.isFinite(host.clock.wallMs()));
    },
  },
  {
    id: "random",
    title: "random bytes have the asked length and differ",
    async on({ host }) {
      for (const n of [0, 1, 16, 32, 1000, 65_536]) assert.equal(host.random.bytes(n).length, n);
      assert.notDeepEqual(host.random.bytes(16), host.random.bytes(16));
      const seen = new Set(host.random.bytes(65_536));
      assert.equal(seen.size, 256);
    },
  },
  {
    id: "resource",
    title: "a built-in part is bytes, an unknown one is null",
    async on({ host }) {
      assert.equal(host.resource("no such part"), null);
      assert.equal(host.resource("__proto__"), null);
      const part = host.resource("suite");
      assert.deepEqual(part, new Uint8Array([0, 1, 2, 255]));
    },
  },
  {
    id: "surroundings",
    title: "arguments, environment and facts about the host are there",
    async on({ host }) {
      assert.deepEqual(host.args(), ["one", "two words", ""]);
      assert.equal(host.env("SUITE"), "ä value");
      assert.equal(host.env("NO_SUCH_NAME"), undefined);
      assert.equal(host.env("__proto__"), undefined);
      assert.ok(host.info.columns > 0);
      assert.ok(host.info.cwd.startsWith("/"));
      assert.ok(host.info.roots.includes("workspace"));
    },
  },
  {
    id: "roots",
    title: "a root that is not there is null",
    async on({ host }) {
      assert.equal(host.files("journal"), null);
      assert.notEqual(host.files("workspace"), null);
    },
  },
  {
    id: "resolve",
    title: "an unknown name is a fault that says so",
    async on({ host, scope }) {
      const r = await host.resolve(scope, "no-such-name.invalid");
      assert.equal(bad(r, "unreachable").code, "dns");
      assert.ok(isFault(r) && r.what.includes("no-such-name.invalid"));
    },
  },
  {
    id: "resolve-address",
    title: "an address resolves to itself",
    async on({ host, scope }) {
      assert.deepEqual(good(await host.resolve(scope, "127.0.0.1")), ["127.0.0.1"]);
    },
  },
];
