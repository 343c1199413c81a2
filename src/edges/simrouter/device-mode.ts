// Device-mode: what the owner's hand on the device has allowed. A change of it waits for
// the button and is cancelled without it.
// Facts: MikroTik manual, Device-mode (defaults of the modes, messages).

import { type Fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import type { Body, Done } from "./common.ts";
import { refuse } from "./errors.ts";
import { isTrue } from "./rows.ts";
import type { World } from "./world.ts";

const MENU = "/system/device-mode";

export const DEVICE_MODES = ["home", "basic", "advanced", "rose"] as const;
export type DeviceMode = (typeof DEVICE_MODES)[number];

// In which modes a feature is on; the rest is on in all or in none.
const FEATURES: Readonly<Record<string, string>> = {
  "bandwidth-test": "advanced rose",
  container: "rose",
  email: "basic advanced rose",
  fetch: "basic advanced rose",
  hotspot: "advanced rose",
  proxy: "advanced rose",
  socks: "advanced rose",
  zerotier: "advanced rose",
  romon: "basic advanced rose",
  scheduler: "basic advanced rose",
  sniffer: "basic advanced rose",
};

/** Puts a mode's own settings in place; containers stay allowed when one is to run. */
export function setMode(world: World, mode: DeviceMode, container: boolean): void {
  const fields = world.single(MENU);
  fields.set("mode", mode);
  for (const [feature, on] of Object.entries(FEATURES)) fields.set(feature, String(on.split(" ").includes(mode)));
  if (container) fields.set("container", "true");
}

// Menus whose rows need a feature.
const NEEDS: Readonly<Record<string, string>> = {
  "/system/scheduler": "scheduler",
  "/container": "container",
  "/zerotier": "zerotier",
  "/ip/hotspot": "hotspot",
};

/** True while the scheduler may run. */
export const allows = (world: World, feature: string): boolean => world.single(MENU).get(feature) !== "false";

/** Refuses a new or enabled row of a menu whose feature is off. */
export function refuseByMode(world: World, menu: string): Fault | null {
  const feature = NEEDS[menu];
  if (feature === undefined) return null;
  if (menu === "/system/scheduler" && isTrue(world.single(MENU), "flagged")) {
    const why = "check all router configuration for unauthorized changes and update device-mode";
    return refuse(400, `failure: configuration flagged, ${why}`);
  }
  return allows(world, feature) ? null : refuse(400, "failure: not allowed by device-mode");
}

interface Asking {
  readonly given: ReadonlyMap<string, string>;
  readonly untilMs: number;
}

const ASKED = new WeakMap<World, Asking>();

/** `update`: waits for the button until its timeout, then "update canceled". */
export function updateMode(world: World, body: Body): Outcome<Done> {
  const timeout = parseRosDuration(body.given.get("activation-timeout") ?? "5m");
  if (isFault(timeout) || timeout < 10_000 || timeout > 86_400_000) {
    return refuse(400, "value of activation-timeout is out of range (00:00:10 .. 1d00:00:00)");
  }
  const fields = world.single(MENU);
  fields.set("attempt-count", String(1 + Number(fields.get("attempt-count") ?? "0")));
  const canceled = refuse(400, "update canceled");
  const waitMs = timeout;
  const start = () => {
    const untilMs = world.clock.monoMs() + waitMs;
    ASKED.set(world, { given: body.given, untilMs });
    return {
      leftMs: () => (world.clock.monoMs() >= untilMs ? null : untilMs - world.clock.monoMs()),
      answer: () => canceled,
      stop: () => undefined,
    };
  };
  function* inside(): Generator<number, Outcome<never>, void> {
    start();
    yield waitMs;
    return canceled;
  }
  return { value: [], tookMs: 0, runs: { inside, start } };
}

/** The button: what was asked for holds, and the router restarts. False: nothing was asked. */
export function pressButton(world: World): boolean {
  const asked = ASKED.get(world);
  ASKED.delete(world);
  if (asked === undefined || world.clock.monoMs() > asked.untilMs) return false;
  const mode = DEVICE_MODES.find((m) => m === asked.given.get("mode"));
  if (mode !== undefined) setMode(world, mode, false);
  const fields = world.single(MENU);
  for (const [name, value] of asked.given) {
    if (fields.has(name) && name !== "mode") fields.set(name, String(["yes", "true"].includes(value)));
  }
  fields.set("attempt-count", "0");
  world.reboot("reboot");
  return true;
}
