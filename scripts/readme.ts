// Writes README's configuration table from the table of keys; with --check it only says
// whether the table there is current.

import { readFileSync, writeFileSync } from "node:fs";
import { CONFIG_KEYS, fileName, helpOf } from "../src/app/config-keys.ts";

const FILE = "README.md";
const BEGIN = "<!-- configuration: made by scripts/readme.ts -->";
const END = "<!-- configuration: end -->";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const rows = CONFIG_KEYS.filter((k) => k.quiet !== true).map((k) => {
  const flag = k.flag === undefined ? "" : `\`--${k.flag}\``;
  const standard = k.standard === undefined ? "" : `\`${k.standard}\``;
  return `| \`${k.env}\` | \`${fileName(k)}\` | ${flag} | ${standard} | ${k.kind === "secret" ? "yes" : ""} | ${cell(helpOf(k))} |`;
});
const table = [
  BEGIN,
  "",
  "| environment | in the file | flag | default | secret | what it is |",
  "| --- | --- | --- | --- | --- | --- |",
  ...rows,
  "",
  END,
].join("\n");

const text = readFileSync(FILE, "utf8");
const [head, rest] = text.split(BEGIN);
const tail = rest?.split(END)[1];
if (head === undefined || tail === undefined) throw new Error(`${FILE} has no place for the configuration table`);
const wanted = head + table + tail;
if (process.argv.includes("--check")) {
  if (text !== wanted) {
    console.error(
      `${FILE}: the configuration table is not current. Write it with: node --import tsx scripts/readme.ts`,
    );
    process.exit(1);
  }
} else {
  writeFileSync(FILE, wanted);
}
