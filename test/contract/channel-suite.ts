// What every channel promises, whichever it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "../../src/base/secret.ts";
import type { Channel, Settings } from "../../src/port/channel.ts";

const settings = (set: Readonly<Record<string, string>>): Settings => ({
  text: (env) => set[env],
  secret: (env) => (set[env] === undefined ? undefined : secret(env.toLowerCase(), set[env])),
});

/** Runs the suite for one channel; `good` configures it, and it is off without any part of that. */
export function channelSuite<C>(channel: Channel<C>, good: Readonly<Record<string, string>>): void {
  test(`${channel.id}: identity, abilities and configuration`, () => {
    assert.match(channel.id, /^[a-z][a-z0-9-]*$/);
    assert.ok(channel.meta.title !== "" && channel.meta.docs !== "");
    assert.ok(Number.isInteger(channel.can.textMax) && channel.can.textMax >= 140);
    assert.ok(channel.configure(settings(good)) !== null);
    for (const env of Object.keys(good)) {
      const { [env]: _, ...rest } = good;
      assert.equal(channel.configure(settings(rest)), null, env);
    }
  });
  test(`${channel.id}: what it can, it has`, () => {
    if (channel.outbound === undefined) assert.deepEqual([channel.can.edit, channel.can.buttons], [false, false]);
    if (channel.inbound !== undefined) assert.ok(channel.check !== undefined, "doctor can look at what listens");
  });
}
