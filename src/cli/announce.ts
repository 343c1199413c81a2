// What is told of a start: the bound address and the pairing code, as JSON lines or words.

import { gatewayUrl } from "../app/gateway-place.ts";
import type { Announce } from "../app/serve.ts";
import type { Run } from "./run.ts";

/** JSON lines (--json) go to stdout, and so do the words of a gateway; beside a prompt words go to stderr. */
export function announcer({ args, config, term }: Run, serving: boolean): Announce {
  const json = args.flags.has("json");
  const line = serving ? term.line : term.error;
  return {
    listening(address, port) {
      if (json) term.json({ event: "listening", address, port });
      else line(`Gateway on ${gatewayUrl(config, address, port)}`);
    },
    pairing(code) {
      if (json) term.json({ event: "pairing", code });
      else line(`Pairing code: ${serving ? term.bold(code) : code} (good once, for 10 minutes)`);
    },
    notice(text) {
      if (json) term.json({ event: "notice", text });
      else term.error(text);
    },
  };
}
