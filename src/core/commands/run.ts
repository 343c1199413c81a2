// /run: anything after it is a console command, with or without a leading slash.

import type { Command } from "../command-kit.ts";
import { runConsole } from "../command-kit.ts";

export const run: Command = {
  name: "run",
  usage: "<console command>",
  purpose: "run a RouterOS command",
  async run(s, ctx, args) {
    if (args === "") return { text: "Write the command after it, such as /run /ip/address/print" };
    return runConsole(s, ctx, args);
  },
};
