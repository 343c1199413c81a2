// Makes the simulated router that was asked for: a release, a home or the twin of an
// export, a device-mode, with what runs in it by itself.

import { assert } from "../../base/bug.ts";
import { isFault } from "../../base/fault.ts";
import type { Clock } from "../../port/clock.ts";
import type { CommandTree } from "../../ros/commands.ts";
import { runContainers } from "./containers.ts";
import { type DeviceMode, setMode } from "./device-mode.ts";
import { familyOf, today } from "./family.ts";
import { furnish, furnishBare } from "./home.ts";
import { VERSION } from "./home-system.ts";
import type { ReachOptions } from "./reach-gate.ts";
import { runScheduler } from "./scheduler.ts";
import { loadExport } from "./twin.ts";
import { makeWorld, type World } from "./world.ts";

export interface SimOptions {
  tree: CommandTree;
  clock: Clock;
  /** The same seed gives the same router. */
  seed: number;
  /** A user of the group `full`. */
  user: string;
  password: string;
  /** Advanced unless said; containers are allowed in each. */
  deviceMode?: DeviceMode;
  /** The release that it is, such as "7.16"; the newest unless said. */
  ros?: string;
  /** An export that it is to be a twin of; the simulated home unless said. */
  config?: string;
  /** Requests get in only as far as the configuration lets their sender through. */
  reach?: ReachOptions;
}

/** The world behind the requests, and what of an export was refused. */
export function buildWorld(options: SimOptions): { world: World; problems: readonly string[] } {
  const family = options.ros === undefined ? today(options.tree, VERSION) : familyOf(options.tree, options.ros);
  assert(!isFault(family), "the simulated router was asked to be a release that is not known");
  const world = makeWorld({ family, clock: options.clock, seed: options.seed });
  if (options.config === undefined) furnish(world, options.user, options.password);
  else furnishBare(world, options.user, options.password);
  const problems = options.config === undefined ? [] : loadExport(world, options.config);
  if (options.deviceMode !== undefined) setMode(world, options.deviceMode, true);
  runScheduler(world);
  runContainers(world);
  return { world, problems };
}
