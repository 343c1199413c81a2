// ROUTEROS_SCOPE as configuration: what is taken, and that nothing is never everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIG_KEYS } from "../../../src/app/config-keys.ts";
import { configValue } from "../../../src/app/config-value.ts";
import { isFault } from "../../../src/base/fault.ts";

const read = (text: string) => {
  const key = CONFIG_KEYS.find((k) => k.env === "ROUTEROS_SCOPE");
  assert.ok(key !== undefined);
  return configValue(key, text, "ROUTEROS_SCOPE");
};

test("menus in any spelling are taken", () => {
  for (const text of [
    "/ip/firewall",
    "/ip/firewall, /queue",
    "ip firewall,queue",
    "/",
    "/interface wifi/,/queue/simple",
  ]) {
    const value = read(text);
    assert.ok(!isFault(value) && Array.isArray(value) && value.length === text.split(",").length, text);
  }
});

test("what names no menu is refused, and so is a list without any", () => {
  for (const text of [",", " , ,", "//", "/ip/*", "/ip/firewall;/queue", "[find]", "/ip/firewall,$x", "..", "/ip/.."]) {
    const value = read(text);
    assert.ok(isFault(value), text);
    assert.match(value.what, /^ROUTEROS_SCOPE must be menus with commas between them/);
  }
});
