// The real command tree for tests, packed in memory from build/data.

import { packCommands } from "../../scripts/gen-commands.ts";
import { type CommandTree, loadCommands } from "../../src/ros/commands.ts";

let tree: CommandTree | null = null;

/** The tree of the shipped data; packed once per process. */
export function testCommands(): CommandTree {
  tree ??= loadCommands(packCommands());
  return tree;
}
