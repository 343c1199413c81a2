// Console text to commands: paths with slashes or spaces, abbreviations, named and
// unnamed arguments, [find …], where. Scripting is refused by name.
// Facts: MikroTik manual, Scripting and Command Line Interface; names from the tree.

import { fault, isFault, type Outcome } from "../base/fault.ts";
import { COMMAND_BYTES_MAX, COMMANDS_PER_LINE_MAX } from "../base/limits.ts";
import { type Arguments, readArguments } from "./args.ts";
import type { CommandTree } from "./commands.ts";
import { cursorOn, peek, skipBetween } from "./lex.ts";
import { readPath } from "./path.ts";

/** One command with all names in full. */
export interface Command extends Arguments {
  menu: string;
  verb: string;
}

/** Reads one or several commands; a bare path moves the menu for those that follow. */
export function parseCommands(tree: CommandTree, text: string): Outcome<readonly Command[]> {
  if (text.length > COMMAND_BYTES_MAX) {
    return fault("input", `This command is longer than ${COMMAND_BYTES_MAX} characters.`, {
      code: "long",
      next: "Split it into several.",
    });
  }
  const c = cursorOn(text);
  const commands: Command[] = [];
  let context = "/";
  for (;;) {
    skipBetween(c);
    if (peek(c) === "") break;
    const path = readPath(tree, c, context);
    if (isFault(path)) return path;
    if (path.verb === null) {
      context = path.menu;
      continue;
    }
    if (commands.length >= COMMANDS_PER_LINE_MAX) {
      return fault("limit", `More than ${COMMANDS_PER_LINE_MAX} commands at once.`, {
        code: "long",
        next: "Send them in smaller groups.",
      });
    }
    const given = readArguments(c, path.verb);
    if (isFault(given)) return given;
    commands.push({ menu: path.verb.menu, verb: path.verb.command, ...given });
  }
  if (commands.length > 0) return commands;
  const menu = context === "/" ? "/ip/address" : context;
  return fault("input", "This names a menu but no command.", {
    code: "syntax",
    next: `To see what is in it: ${menu}/print`,
  });
}
