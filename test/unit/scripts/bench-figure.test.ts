// The figures of `make bench`: medians, and what the budget says of them.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Budget, type Figure, judge, median, readBudgets, sayFound } from "../../../scripts/bench/figure.ts";

const figure = (...values: number[]): Figure => ({ key: "x.y", unit: "ms", values });
const WHY = "for this test";

describe("figures of the benchmarks", () => {
  it("takes the middle value, or the mean of the two middle ones", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 100, 2]), 3);
    assert.throws(() => median([]));
  });

  it("judges the median, not the worst run, and both sides of a bound", () => {
    const budget: Budget = { max: 10, min: 5, why: WHY };
    assert.equal(judge(figure(1, 10, 1_000), budget), "within");
    assert.equal(judge(figure(10.1), budget), "over");
    assert.equal(judge(figure(5), budget), "within");
    assert.equal(judge(figure(4.9), budget), "under");
    assert.equal(judge(figure(1_000), undefined), "none");
  });

  it("says value, spread, number of runs, verdict and bound", () => {
    const found = { title: "T", command: "c", state: "s", figures: [figure(3, 1, 2)], notes: ["n"] };
    const text = sayFound(found, { "x.y": { max: 1, why: WHY } });
    assert.match(text, /command: c\n {2}state: {3}s\n/);
    assert.match(text, /x\.y +2 ms +\(1 to 3, 3 runs\) +over budget \(at most 1\)/);
    assert.match(sayFound(found, {}), /for information/);
    assert.match(text, /note: n\n/);
  });

  it("has a bound and a reason for every budget", () => {
    for (const [key, { max, min, why }] of Object.entries(readBudgets(process.cwd()))) {
      assert.ok(max !== undefined || min !== undefined, key);
      assert.ok(why.length > 10, key);
    }
  });
});
