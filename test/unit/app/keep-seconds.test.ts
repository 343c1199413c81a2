// KEEP_SECONDS: how long a change waits to be kept, within bounds, and what the standard is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIG_KEYS } from "../../../src/app/config-keys.ts";
import { configValue } from "../../../src/app/config-value.ts";
import { isFault } from "../../../src/base/fault.ts";
import { CONFIRM_MS, CONFIRM_MS_MAX } from "../../../src/base/limits-changes.ts";

test("half a minute to ten minutes, in seconds; the standard is the program's own", () => {
  const key = CONFIG_KEYS.find((k) => k.env === "KEEP_SECONDS");
  assert.ok(key !== undefined);
  const longest = CONFIRM_MS_MAX / 1_000;
  for (const [text, good] of [
    ["30", true],
    [String(longest), true],
    ["29", false],
    [String(longest + 1), false],
    ["a minute", false],
  ] as const)
    assert.equal(isFault(configValue(key, text, "KEEP_SECONDS")), !good, text);
  assert.equal(Number(key.standard) * 1_000, CONFIRM_MS);
});
