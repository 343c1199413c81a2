// How many console commands a second are read and translated: the corpus of test/data, and what
// people type most. Caches are as small as a router's, so the parts of the tree come and go.

import { readFileSync } from "node:fs";
import { isFault } from "../../src/base/fault.ts";
import { useHostUtf8 } from "../../src/base/utf8.ts";
import { loadCommands } from "../../src/ros/commands.ts";
import { parseCommands } from "../../src/ros/parse.ts";
import { translate } from "../../src/ros/translate.ts";
import type { Found } from "./figure.ts";
import { repeat } from "./machine.ts";
import { commandParts } from "./parts.ts";

const RUNS = 7;
const ROUND_MS = 700;

/** The corpus' commands of one line, those that are understood and not scripts. */
export function corpus(): string[] {
  const lines = readFileSync("test/data/console-corpus.jsonl", "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as string[])
    .filter(
      ([text = "", ok, , , ...calls]) => ok === "yes" && !text.includes("\n") && !calls.includes("POST /rest/execute"),
    )
    .map(([text = ""]) => text);
}

/** Commands a second in V8. */
export async function consoleCommands(): Promise<Found> {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder("utf-8", { ignoreBOM: true })];
  useHostUtf8(
    (text) => encoder.encode(text),
    (bytes) => decoder.decode(bytes),
  );
  const parts = commandParts();
  const tree = loadCommands((name) => parts[name] ?? null);
  const lines = corpus();
  const round = (): void => {
    for (const line of lines) {
      const commands = parseCommands(tree, line);
      if (isFault(commands)) throw new Error(`${line}: ${commands.what}`);
      for (const c of commands) {
        const intent = translate(tree, c);
        if (isFault(intent)) throw new Error(`${line}: ${intent.what}`);
      }
    }
  };
  round();
  const all = await repeat(RUNS + 1, async () => {
    const from = process.cpuUsage();
    let rounds = 0;
    let ms = 0;
    while (ms < ROUND_MS) {
      round();
      rounds += 1;
      const used = process.cpuUsage(from);
      ms = (used.user + used.system) / 1_000;
    }
    return (rounds * lines.length * 1_000) / ms;
  });
  return {
    title: "Console commands per second: read and translated",
    command: `parseCommands and translate of ${lines.length} commands of test/data/console-corpus.jsonl`,
    state:
      "V8; by CPU time, as other work is no fault of the program; the corpus' order, which goes through the whole tree",
    // The first makes it warm.
    figures: [{ key: "console.v8", unit: "commands/s", values: all.slice(1) }],
    notes: [],
  };
}
