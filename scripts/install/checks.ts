// May MikroClaw run on this router? Each thing that is in the way, with what mends it.
// Facts: RouterOS manual, Container, Device-mode, Packages.

import { isOn } from "../../src/ros/rows.ts";
import type { Row } from "./router.ts";

export interface Facts {
  readonly resource: Row;
  readonly packages: readonly Row[];
  readonly deviceMode: Row;
}

export interface Problem {
  readonly what: string;
  readonly next: string;
  /** It can be installed all the same. */
  readonly isMinor?: true;
}

const MIB = 1_048_576;
/** The RAM disk may hold 32 MiB and the program takes about 16. */
const RAM_MIN = 56 * MIB;
const SPARE_FLASH = 262_144;

/** 7.21.2 as 2102. */
export function releaseOf(version: string): number {
  const [, minor = "0", patch = "0"] = /^7\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return Number(minor) * 100 + Number(patch);
}

/** Which image fits; null: RouterOS runs no containers there. */
export function imageArch(resource: Row): string | null {
  switch (resource["architecture-name"]) {
    case "arm64":
      return "arm64";
    case "x86_64":
    case "x86":
      return "amd64";
    case "arm":
      return /EN7562/.test(resource["cpu"] ?? "") ? "armv5" : "armv7";
    default:
      return null;
  }
}

function packageProblem(facts: Facts): Problem | null {
  const there = facts.packages.find((p) => p["name"] === "container");
  if (there !== undefined && !isOn(there["available"]) && !isOn(there["disabled"])) return null;
  const next =
    releaseOf(facts.resource["version"] ?? "") >= 1800
      ? "/system/package/update/check-for-updates, then /system/package/enable container, then /system/package/apply-changes (it restarts)"
      : "upload container-VERSION-ARCH.npk (mikrotik.com/download, Extra packages), then /system/reboot";
  return { what: "The package container is not installed.", next };
}

const BUTTON =
  "then press the router's reset or mode button within five minutes, or cut its power (x86: switch it off and on); nobody can do that from afar";

function modeProblem(mode: Row): Problem | null {
  const off = ["container", "scheduler", "fetch"].filter((feature) => !isOn(mode[feature]));
  if (!off.includes("container") && off.length === 0) return null;
  const next = `type on the router: /system/device-mode/update container=yes scheduler=yes fetch=yes ${BUTTON}`;
  if (off.includes("container")) return { what: "Device-mode does not allow containers.", next };
  const lost = off.map((f) =>
    f === "fetch" ? "you have to copy the image by hand" : "it does not come back by itself after a restart from RAM",
  );
  return { what: `Device-mode does not allow ${off.join(" and ")}: ${lost.join(", and ")}.`, next, isMinor: true };
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

function spaceProblems(resource: Row, imageBytes: number, onDisk: boolean): Problem[] {
  const memory = Number(resource["free-memory"] ?? "0");
  const flash = Number(resource["free-hdd-space"] ?? "0");
  const found: Problem[] = [];
  if (!onDisk && memory < RAM_MIN) {
    const what = `Only ${mib(memory)} of memory are free, and ${mib(RAM_MIN)} are needed.`;
    found.push({ what, next: "give it a USB disk (--disk usb1), or free some memory" });
  }
  if (flash < imageBytes + SPARE_FLASH) {
    const what = `Only ${mib(flash)} of flash are free, and the image has ${mib(imageBytes)}.`;
    found.push({ what, next: "copy the image to a USB disk by hand (--upload hand) and run this again" });
  }
  return found;
}

/** What is in the way, the worst first. */
export function problemsOf(facts: Facts, imageBytes: number, onDisk: boolean): readonly Problem[] {
  const { resource } = facts;
  const version = resource["version"] ?? "";
  if (releaseOf(version) < 1000) {
    return [{ what: `RouterOS ${version} is too old: 7.10 is the oldest.`, next: "/system/package/update/install" }];
  }
  if (imageArch(resource) === null) {
    const what = `RouterOS runs no containers on ${resource["architecture-name"] ?? "this processor"}.`;
    return [{ what, next: "run MikroClaw on another computer and point ROUTER_HOST at this router" }];
  }
  const found = [packageProblem(facts), modeProblem(facts.deviceMode)].filter((p) => p !== null);
  return [...found, ...spaceProblems(resource, imageBytes, onDisk)];
}
