// The real command tree for tests, packed in memory from build/data.

import { packCommands } from "../../scripts/gen-commands.ts";
import { type CommandTree, loadCommands } from "../../src/ros/commands.ts";

export type Parts = ReturnType<typeof packCommands>;

let packed: Parts | null = null;
let tree: CommandTree | null = null;
let simulated: CommandTree | null = null;

/** The parts of the shipped data, as a host's resources; packed once per process. */
export function testParts(): Parts {
  packed ??= packCommands();
  return packed;
}

/** What gives these parts by name. */
export const loadFrom =
  (parts: Parts) =>
  (name: string): Uint8Array | null =>
    parts[name] ?? null;

/** The agent's tree. */
export function testCommands(): CommandTree {
  tree ??= loadCommands(loadFrom(testParts()));
  return tree;
}

/** The simulated router's tree, which knows values as well. */
export function simCommands(): CommandTree {
  simulated ??= loadCommands(loadFrom(testParts()), "simulator");
  return simulated;
}
