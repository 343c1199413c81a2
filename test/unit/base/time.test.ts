import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { formatDuration, isoTime, parseRosDuration, rosDuration } from "../../../src/base/time.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("ISO times are read back by Date, with any offset", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -14 * 60, max: 14 * 60 }), (ms, offset) => {
      assert.equal(Date.parse(isoTime(ms, offset)), Math.floor(ms / 1000) * 1000);
    }),
    { seed: SEED, numRuns: RUNS(500) },
  );
  assert.equal(isoTime(0), "1970-01-01T00:00:00Z");
  assert.equal(isoTime(0, 330), "1970-01-01T05:30:00+05:30");
  assert.equal(isoTime(0, -90), "1969-12-31T22:30:00-01:30");
});

test("RouterOS durations", () => {
  const S = 1000;
  const cases: ReadonlyArray<readonly [string, number]> = [
    ["0s", 0],
    ["5s", 5 * S],
    ["1m30s", 90 * S],
    ["00:05:00", 300 * S],
    ["1d00:00:01", 86_401 * S],
    ["1w2d3h4m5s", 788_645 * S],
    ["2w", 1_209_600 * S],
    ["10ms", 10],
    ["5s200ms", 5200],
    ["551us", 0.551],
    ["1ms500us", 1.5],
    ["100ns", 0.0001],
    ["1.5s", 1500],
    ["00:00:01.25", 1250],
    ["36:00:00", 129_600 * S],
  ];
  for (const [text, ms] of cases) {
    const got = parseRosDuration(text);
    assert.ok(!isFault(got) && Math.abs(got - ms) < 1e-9, text);
  }
  for (const bad of [
    "",
    "s",
    "5",
    "5x",
    "-5s",
    "1s1m",
    "1d1w",
    "1:2:3",
    "00:05",
    "never",
    " 5s",
    "5s ",
    "1h2h",
    "9999999999s",
  ]) {
    assert.ok(isFault(parseRosDuration(bad)), bad);
  }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e11 }), (ms) => assert.equal(parseRosDuration(rosDuration(ms)), ms)),
    { seed: SEED, numRuns: RUNS(500) },
  );
});

test("durations for people", () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [-5, "0 ms"],
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1s"],
    [61_000, "1m 1s"],
    [60_000, "1m"],
    [11_040_000, "3h 4m"],
    [3_601_000, "1h"],
    [90_061_000, "1d 1h"],
    [1e10, "115d 17h"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});
