// The figures of `make bench`: medians, and what the budget says of them.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Figure, judge, median, readBudgets, sayFound, sayVerdicts } from "../../../scripts/bench/figure.ts";

const figure = (...values: number[]): Figure => ({ key: "x.y", unit: "ms", values });
const WHY = "for this test";

describe("figures of the benchmarks", () => {
  it("takes the middle value, or the mean of the two middle ones", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 100, 2]), 3);
    assert.throws(() => median([]));
  });

  it("judges the median, not the worst run, and both sides of a bound", () => {
    const budgets = { "x.y": { max: 10, min: 5, why: WHY } };
    assert.equal(judge(figure(1, 10, 1_000), budgets), "ok");
    assert.equal(judge(figure(10.1), budgets), "over");
    assert.equal(judge(figure(5), budgets), "ok");
    assert.equal(judge(figure(4.9), budgets), "under");
    assert.equal(judge(figure(1_000), {}), "none");
    // A bound that is kept elsewhere comes with the figure.
    assert.equal(judge({ ...figure(7), budget: { max: 6, why: WHY } }, budgets), "over");
  });

  it("says value, spread and number of runs", () => {
    const found = { title: "T", command: "c", state: "s", figures: [figure(3, 1, 2)], notes: ["n"] };
    const text = sayFound(found);
    assert.match(text, /command: c\n {2}state: {3}s\n/);
    assert.match(text, /x\.y +2 ms +\(1 to 3, 3 runs\)\n/);
    assert.match(text, /note: n\n/);
  });

  it("says of each figure with a budget what it may be and whether it is", () => {
    const other = { ...figure(3), key: "x.z" };
    const text = sayVerdicts([figure(3, 1, 2), other], { "x.y": { max: 1, why: WHY } });
    assert.match(text, /x\.y +2 +ms +at most 1 +over\n/);
    assert.doesNotMatch(text, /x\.z/);
    assert.match(sayVerdicts([figure(3)], { "x.y": { min: 3, why: WHY } }), /at least 3 +ok\n/);
  });

  it("has a bound and a reason for every budget", () => {
    for (const [key, { max, min, why }] of Object.entries(readBudgets(process.cwd()))) {
      assert.ok(max !== undefined || min !== undefined, key);
      assert.ok(why.length > 10, key);
    }
  });
});
