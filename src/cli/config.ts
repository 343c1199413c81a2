// `mikroclaw config`: what is set; with --dump every key, its value and source.

import { dumpConfig } from "../app/config.ts";
import { table } from "../base/text.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";

/** Prints the configuration; secrets are redacted. */
export async function configCommand({ args, config, term }: Run): Promise<number> {
  const rows = dumpConfig(config).filter((r) => args.flags.has("dump") || r.source !== "not set");
  if (args.flags.has("json")) {
    term.json(rows);
    return EXIT.ok;
  }
  term.line(table([["name", "value", "source"], ...rows.map((r) => [r.env, r.value ?? "", r.source])]));
  return EXIT.ok;
}
