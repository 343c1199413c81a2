// What is told of a start: the bound address and the pairing code, as JSON lines or words.

import type { Announce } from "../app/serve.ts";
import type { Run } from "./run.ts";

/** Prints to stdout; `json` by --json. With `lines` false the words are for the prompt's head. */
export function announcer({ args, term }: Run, serving: boolean): Announce {
  const json = args.flags.has("json");
  const url = (address: string, port: number): string =>
    `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
  return {
    listening(address, port) {
      if (json) term.json({ event: "listening", address, port });
      else term.line(term.dim(`Gateway on ${url(address, port)}`));
    },
    pairing(code) {
      if (json) term.json({ event: "pairing", code });
      else if (serving) term.line(`Pairing code: ${term.bold(code)} (good once, for 10 minutes)`);
      else term.line(term.dim(`Pairing code: ${code} (good once, for 10 minutes)`));
    },
    notice(text) {
      if (json) term.json({ event: "notice", text });
      else term.line(term.dim(text));
    },
  };
}
