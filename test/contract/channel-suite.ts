// What every channel promises, whichever it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import type { Channel } from "../../src/port/channel.ts";
import { parseAs } from "../../src/port/parse.ts";

/** Runs the suite for one channel; `good` is a configuration that it takes. */
export function channelSuite<C>(channel: Channel<C>, good: unknown): void {
  test(`${channel.id}: identity, abilities and configuration`, () => {
    assert.match(channel.id, /^[a-z][a-z0-9-]*$/);
    assert.ok(channel.meta.title !== "" && channel.meta.docs !== "");
    assert.ok(Number.isInteger(channel.can.textMax) && channel.can.textMax >= 140);
    assert.ok(!isFault(parseAs(channel.config, good, "The configuration")));
    for (const bad of [null, 7, "x", [], { unknown: 1 }]) {
      assert.ok(isFault(parseAs(channel.config, bad, "The configuration")), JSON.stringify(bad));
    }
  });
  test(`${channel.id}: what it can, it has`, () => {
    if (channel.outbound === undefined) assert.deepEqual([channel.can.edit, channel.can.buttons], [false, false]);
    if (channel.inbound !== undefined) assert.ok(channel.check !== undefined, "doctor can look at what listens");
  });
}
