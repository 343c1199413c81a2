// A configuration made of environment variables alone, without a host's files.

import { type Config, loadConfig } from "../../src/app/config.ts";
import { isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import type { Host } from "../../src/port/host.ts";
import { makeWorld } from "./virtual.ts";

/** What the program makes of these variables. */
export async function configOf(env: Readonly<Record<string, string>>): Promise<Config> {
  const world = makeWorld();
  const host = { env: (name: string) => env[name], files: () => null } as unknown as Host;
  const config: Outcome<Config> = await loadConfig(world.scope, host, new Map());
  await world.end();
  if (isFault(config)) throw new Error(sayFault(config));
  return config;
}
