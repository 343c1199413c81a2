// The chain of the audit log: whatever is edited, removed, reordered, added or cut off shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { chained, entryOf, exportHead, type Head, NO_HEAD, verifyChain } from "../../../src/ros/journal.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const NOTES = ["planned", "approved", "result", "undo", "denied", "keep"];

/** A log of n entries whose oldest kept is `kept`, as lines. */
function logOf(n: number, kept = 1): { lines: string[]; head: Head } {
  const lines: string[] = [];
  let head = NO_HEAD;
  for (let i = 0; i < n; i += 1) {
    const what = NOTES[i % NOTES.length] ?? "x";
    const note = { what, plan: `P${i}`, told: `told ${i} "quoted" é`, sends: ["PATCH /ip/dns"] };
    const next = chained(head, Math.min(kept, i + 1), `2026-01-01T00:00:${String(i % 60).padStart(2, "0")}Z`, note);
    lines.push(next.line);
    head = next.head;
  }
  return { lines: lines.slice(kept - 1), head };
}

const text = (lines: readonly string[]): string => lines.map((l) => `${l}\n`).join("");
const brokenBy = (t: string, head: Head | null = null): string => {
  const found = verifyChain(t, head);
  return isFault(found) ? found.what : "";
};

test("a whole log holds, and says what it knows of its end", () => {
  for (const n of [0, 1, 2, 9]) {
    const { lines, head } = logOf(n);
    const bare = verifyChain(text(lines));
    assert.ok(!isFault(bare) && bare.head.n === n && bare.isWhole === false && bare.from === 1);
    const told = verifyChain(text(lines), head);
    assert.ok(!isFault(told) && told.isWhole);
    const exported = verifyChain(text([exportHead(1, head), ...lines]));
    assert.ok(!isFault(exported) && exported.isWhole && exported.head.hash === head.hash);
  }
  const rest = logOf(9, 4);
  const found = verifyChain(text(rest.lines));
  assert.ok(!isFault(found) && found.from === 4);
});

test("each entry edited, removed, doubled, moved or put in between", () => {
  const { lines, head } = logOf(8);
  const all = text([exportHead(1, head), ...lines]);
  assert.equal(brokenBy(all), "");
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? "";
    const without = lines.filter((_, at) => at !== i);
    assert.match(brokenBy(text([exportHead(1, head), ...without])), /does not hold/, `removed ${i}`);
    assert.match(brokenBy(text(without), head), /does not hold/, `removed ${i}, with the head known`);
    if (i < lines.length - 1) assert.match(brokenBy(text(without)), /does not hold/, `removed ${i} of a bare log`);
    assert.match(brokenBy(text(lines.toSpliced(i, 0, line))), /does not hold/, `doubled ${i}`);
    if (i > 0) {
      const moved = lines.toSpliced(i, 1).toSpliced(i - 1, 0, line);
      assert.match(brokenBy(text(moved)), /does not hold/, `moved ${i}`);
    }
    for (const [from, to] of [
      ["PATCH /ip/dns", "DELETE /ip/dns"],
      [`told ${i}`, `told ${i + 1}`],
      [`"n":${i + 1},`, `"n":${i + 2},`],
      ['"plan"', ' "plan"'],
      ["{", '{"more":1,'],
    ] as const)
      assert.match(brokenBy(text(lines.with(i, line.replace(from, to)))), /does not hold/, `${from} in ${i}`);
  }
  // One made with the right form, but not in its place.
  const forged = chained({ n: 3, hash: "0".repeat(64) }, 1, "2026", { what: "result", told: "kept" }).line;
  assert.match(brokenBy(text(lines.toSpliced(3, 1, forged))), /line 4 does not follow/);
  const other = logOf(8).lines;
  assert.deepEqual(other, lines);
});

test("what is cut off is found where the end is known, and only there", () => {
  const { lines, head } = logOf(6);
  for (let n = 0; n < 6; n += 1) {
    const cut = lines.slice(0, n);
    assert.match(
      brokenBy(text([exportHead(1, head), ...cut])),
      new RegExp(`entries ${n + 1} to 6 are missing at its end`),
    );
    assert.match(brokenBy(text(cut), head), /are missing at its end/);
    const bare = verifyChain(text(cut));
    assert.ok(!isFault(bare) && !bare.isWhole);
  }
  // A head of before its newest entry, as a power cut between the two leaves it.
  assert.equal(brokenBy(text(lines), { n: 5, hash: entryOf(lines[4] ?? "")?.hash ?? "" }), "");
  assert.match(brokenBy(text(lines), { n: 5, hash: "0".repeat(64) }), /entry 5 was replaced/);
  for (let n = 1; n < 6; n += 1)
    assert.match(brokenBy(text(lines.slice(n))), new RegExp(`entries 1 to ${n} are missing at its beginning`));
});

test("half a line at the end is no change, unless it was an entry", () => {
  const { lines, head } = logOf(4);
  const half = (lines[3] ?? "").slice(0, 40);
  const torn = verifyChain(text(lines.slice(0, 3)) + half);
  assert.ok(!isFault(torn) && torn.isTorn && torn.head.n === 3);
  assert.match(brokenBy(text(lines.slice(0, 3)) + half, head), /entries 4 to 4 are missing/);
  const all = text([exportHead(1, head), ...lines]);
  assert.match(brokenBy(all.slice(0, -2)), /entries 4 to 4 are missing/);
  assert.equal(brokenBy(all.slice(0, -1)), "");
});

test("any one sign changed, taken out or put in shows", () => {
  const { lines, head } = logOf(4);
  const all = text([exportHead(1, head), ...lines]);
  const change = fc.tuple(
    fc.nat(all.length - 1),
    fc.constantFrom("change", "remove", "add"),
    fc.constantFrom("0", "a", '"', "\n", " "),
  );
  fc.assert(
    fc.property(change, ([at, how, sign]) => {
      const put = how === "remove" ? "" : how === "add" ? sign + (all[at] ?? "") : sign;
      const forged = all.slice(0, at) + put + all.slice(at + 1);
      // A byte of the first line's own "from", which the entries tell better, is no entry.
      const first = all.indexOf("\n");
      fc.pre(forged !== all && at > first && `${forged}\n` !== all);
      assert.notEqual(brokenBy(forged), "");
    }),
    { seed: SEED, numRuns: RUNS(300) },
  );
});

test("what is no entry", () => {
  for (const line of ["", "{}", "[]", "null", "1", '{"n":1}', "x", '{"__proto__":{}}'])
    assert.equal(entryOf(line), null);
});
