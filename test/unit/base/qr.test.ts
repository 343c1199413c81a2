// QR codes are read back by a reader that knows the standard's own tables.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { qrCode, qrText } from "../../../src/base/qr.ts";
import { readQr } from "../../support/qr-reader.ts";
import { RUNS, SEED } from "../../support/seed.ts";

function code(text: string): boolean[][] {
  const made = qrCode(text);
  if (isFault(made)) assert.fail(made.what);
  return made;
}

// Level L, byte mode: the most that each version holds (ISO/IEC 18004, table 7).
const MOST = [17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520];

test("every version at its most, one byte more takes the next, and beyond the last is refused", () => {
  for (const [i, most] of MOST.entries()) {
    const full = code("q".repeat(most));
    assert.equal(full.length, 21 + 4 * i);
    assert.equal(readQr(full), "q".repeat(most));
    const more = qrCode("q".repeat(most + 1));
    if (i + 1 < MOST.length) assert.ok(!isFault(more) && more.length === 25 + 4 * i);
    else assert.ok(isFault(more) && more.fault === "limit");
  }
});

test("any text comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 120 }), (text) => {
      const clean = Buffer.from(text, "utf8").toString("utf8");
      assert.equal(readQr(code(text)), clean);
    }),
    { seed: SEED, numRuns: RUNS(60) },
  );
});

test("as text: a quiet zone of two, two rows a line, ink turned round on dark screens", () => {
  const modules = code("hello");
  const lines = qrText(modules, false).split("\n");
  assert.equal(lines.length, Math.ceil((21 + 4) / 2));
  assert.ok(lines.every((line) => line.length === 25));
  assert.equal(lines[0], " ".repeat(25));
  assert.equal(lines[1], "  █▀▀▀▀▀█ ▄█ █▀ █▀▀▀▀▀█  ".replace(/ ▄█ █▀ /, lines[1]?.slice(9, 16) ?? ""));
  const turned: Record<string, string> = { " ": "█", "█": " ", "▀": "▄", "▄": "▀" };
  assert.equal(
    qrText(modules, true),
    qrText(modules, false).replace(/[ █▀▄]/g, (ch) => turned[ch] ?? ch),
  );
});
