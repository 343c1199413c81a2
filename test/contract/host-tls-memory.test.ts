// What an open TLS connection costs in the native binary.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testBuild } from "../support/native.ts";
import { TLS_CONNECTIONS, tlsMemory } from "../support/tls-memory.ts";

const KIB_MAX = 40;

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`native: an open connection of ${version} costs at most ${KIB_MAX} KiB`, async (t) => {
    const build = testBuild("amd64");
    if ("skip" in build) return t.skip(build.skip);
    const { one, each, closed } = await tlsMemory(build.start, version);
    assert.ok(one > 0);
    t.diagnostic(`${each.toFixed(1)} KiB each; ${one} KiB with one, ${closed} KiB after the others were closed`);
    // Fewer than its buffers would mean that something else was measured.
    assert.ok(each > 16 && each <= KIB_MAX, `${each} KiB each`);
    assert.ok(closed - one < (each * TLS_CONNECTIONS) / 2, `${closed} KiB after closing`);
  });
}
