// The command tree in a bare engine, with the parts as the host hands them over.

import { isFault } from "../../src/base/fault.ts";
import { useHostUtf8 } from "../../src/base/utf8.ts";
import { loadCommands } from "../../src/ros/commands.ts";
import { parseCommands } from "../../src/ros/parse.ts";
import { translate } from "../../src/ros/translate.ts";

declare const partOf: (name: string) => ArrayBuffer | null;
declare const decode: (bytes: ArrayBuffer) => string;

const tree = loadCommands((name) => {
  const bytes = partOf(name);
  return bytes === null ? null : new Uint8Array(bytes);
});

Object.assign(globalThis, {
  begin() {
    useHostUtf8(
      () => new Uint8Array(0),
      (bytes) => decode(bytes.buffer as ArrayBuffer),
    );
  },
  /** Reads and translates; what came of it is thrown away. */
  look(text: string): boolean {
    const commands = parseCommands(tree, text);
    return !isFault(commands) && commands.every((c) => !isFault(translate(tree, c)));
  },
});
