// The agent's command tree as it was built.

import { readdirSync, readFileSync } from "node:fs";

/** The parts in dist/ by name, as a host's resources. */
export function commandParts(): Record<string, Uint8Array> {
  const files = readdirSync("dist").filter((file) => /^commands\d*\.bin$/.test(file));
  return Object.fromEntries(files.map((file) => [file.slice(0, -4), new Uint8Array(readFileSync(`dist/${file}`))]));
}
