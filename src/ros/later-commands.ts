// The command tree of a program that may never need it: unpacked it takes 0.3 MB of a router's memory.

import { assert } from "../base/bug.ts";
import { type CommandTree, loadCommands } from "./commands.ts";

/** The tree, opened when it is first asked for. One that is not in the build is a Bug, like a damaged one. */
export function laterCommands(load: () => Uint8Array | null): CommandTree {
  let opened: CommandTree | null = null;
  const tree = (): CommandTree => {
    if (opened !== null) return opened;
    const bytes = load();
    assert(bytes !== null, "the packed command tree is missing");
    opened = loadCommands(bytes);
    return opened;
  };
  return {
    get version() {
      return tree().version;
    },
    get releases() {
      return tree().releases;
    },
    history: (path) => tree().history(path),
    menu: (path) => tree().menu(path),
    children: (path) => tree().children(path),
    has: (path) => tree().has(path),
  };
}
