// What console commands become: risk and calls, or the sentence that refuses them.
// A changed line of console-table.jsonl is a changed promise: look before taking it over.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { summary } from "../../support/ros-summary.ts";

const lines = readFileSync("test/unit/ros/console-table.jsonl", "utf8").trimEnd().split("\n");
const table = lines.map((line) => JSON.parse(line) as [command: string, becomes: string]);

test("the table is whole", () => assert.ok(table.length > 250));

for (const [command, becomes] of table) {
  test(command, () => assert.equal(summary(command), becomes));
}
