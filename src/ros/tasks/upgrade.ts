// /upgrade: whether there is a newer RouterOS, what is known to be wrong with this one, what
// to look at on the way, and the steps. It installs nothing: that restarts the router.
// Facts: MikroTik manual, Upgrading and installation; advisories.ts.

import { isFault, type Wait } from "../../base/fault.ts";
import { UPGRADE_FREE_BYTES_MIN } from "../../base/limits-tasks.ts";
import type { Scope } from "../../base/scope.ts";
import { count, humanBytes, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { ADVISORIES, CROSSINGS, NEWEST } from "../advisories.ts";
import { compareVersions } from "../releases.ts";
import { isOn, survey } from "../rows.ts";

interface Now {
  version: string;
  channel: string;
  /** Null: the router could not ask. */
  latest: string | null;
  status: string;
  resource: RosRow;
  board: RosRow;
  containers: readonly RosRow[];
  armed: readonly RosRow[];
  gaps: readonly string[];
}

const MENUS = "/system/package/update /system/resource /system/routerboard /container /system/scheduler".split(" ");

const plain = (version: string | undefined): string | null => /^\d+\.\d+(\.\d+)?/.exec(version ?? "")?.[0] ?? null;

async function read(s: Scope, kit: ToolKit): Wait<Now> {
  const facts = await kit.router.facts(s);
  if (isFault(facts)) return facts;
  const x = survey(kit.router);
  const asked = await x.look(s, "/system/package/update/check-for-updates duration=10s");
  if (isFault(asked)) return asked;
  const of = await x.all(s, MENUS);
  if (isFault(of)) return of;
  const one = (menu: string): RosRow => of(menu)[0] ?? {};
  const last = asked?.at(-1) ?? {};
  return {
    version: plain(facts.version) ?? "",
    channel: last["channel"] ?? one("/system/package/update")["channel"] ?? "",
    latest: plain(last["latest-version"]),
    status: last["status"] ?? "",
    resource: one("/system/resource"),
    board: one("/system/routerboard"),
    containers: of("/container"),
    armed: of("/system/scheduler").filter((r) => (r["name"] ?? "").startsWith("mikroclaw")),
    gaps: x.gaps(),
  };
}

/** The release to go to, and whether the router itself said so. */
function targetOf(n: Now): { release: string; isAsked: boolean } {
  if (n.latest !== null) return { release: n.latest, isAsked: true };
  return { release: n.channel === "long-term" ? NEWEST["long-term"] : NEWEST.stable, isAsked: false };
}

function stateLines(n: Now, release: string, isAsked: boolean): string[] {
  const channel = n.channel === "" ? "" : ` (${word(n.channel)})`;
  if (!isAsked) {
    const why = n.status === "" ? "" : `: ${word(n.status)}`;
    const known =
      compareVersions(n.version, release) >= 0
        ? `This program knows of none newer (${release}), but there may be some.`
        : `${release} is the newest that this program knows of; there may be newer ones.`;
    return [`RouterOS ${word(n.version)}${channel}. Whether there is a newer one could not be asked${why}. ${known}`];
  }
  if (compareVersions(n.version, release) >= 0)
    return [`RouterOS ${word(n.version)}${channel} is the newest of its channel.`];
  return [`RouterOS ${word(n.version)}${channel}; ${word(release)} is there.`];
}

function vulnerabilities(version: string): string[] {
  const open = ADVISORIES.filter(
    (a) => compareVersions(a.since, version) <= 0 && compareVersions(version, a.fixed) < 0,
  );
  const newest = ADVISORIES.reduce((a, b) => (a.published > b.published ? a : b));
  const bound = `This program knows ${ADVISORIES.length} vulnerabilities, the newest of ${newest.published}; that is not all there are: https://mikrotik.com/supportsec`;
  if (open.length === 0)
    return [`None of the vulnerabilities that this program knows is in ${word(version)}. ${bound}`];
  return [...open.map((a) => `${a.id} (${a.published}), fixed in ${a.fixed}: ${a.what} Until then: ${a.until}`), bound];
}

function wayLines(n: Now, release: string): string[] {
  const lines = CROSSINGS.filter(([at]) => compareVersions(n.version, at) < 0 && compareVersions(at, release) <= 0).map(
    ([at, what]) => `${at}: ${what}`,
  );
  const free = Number(n.resource["free-hdd-space"] ?? Number.NaN);
  if (free < UPGRADE_FREE_BYTES_MIN)
    lines.push(
      `Only ${humanBytes(String(free))} of the disk are free: the new packages may not fit. Remove files first.`,
    );
  const sleeping = n.containers.filter((c) => !isOn(c["start-on-boot"]));
  if (sleeping.length > 0) lines.push(`${count(sleeping.length, "container")} would not start by itself afterwards.`);
  if (n.armed.length > 0) lines.push("A change is still waiting: keep it or take it back first.");
  return lines;
}

function stepLines(n: Now, release: string): string[] {
  const lines: string[] = [];
  if (compareVersions(n.version, release) < 0)
    lines.push(
      "1. /backup here, and in the router's terminal: /system/backup/save and /export file=before",
      "2. In the router's terminal: /system/package/update/install (it loads, restarts, and is away for some minutes)",
      "3. Afterwards /compare here, and look at Wi-Fi and VPN.",
    );
  const { "current-firmware": current, "upgrade-firmware": next } = n.board;
  if (current !== undefined && next !== undefined && next !== "" && current !== next)
    lines.push(
      `The board's own firmware is ${word(current)}, ${word(next)} is there: /system/routerboard/upgrade, then one more restart.`,
    );
  return lines;
}

/** `/upgrade` */
export const upgrade: Task<never> = {
  name: "upgrade",
  purpose: "is there a newer RouterOS, what is known to be wrong with this one, and how to upgrade",
  args: {},
  needs: [],
  effect: "read",
  async run(s, kit) {
    const n = await read(s, kit);
    if (isFault(n)) return n;
    const { release, isAsked } = targetOf(n);
    const way = wayLines(n, release);
    const steps = stepLines(n, release);
    const text = [
      ...stateLines(n, release, isAsked),
      "",
      ...vulnerabilities(n.version),
      ...(way.length === 0 ? [] : ["", "On the way:", ...way]),
      ...(steps.length === 0 ? [] : ["", "Steps:", ...steps]),
      ...n.gaps,
    ];
    return { text: text.join("\n") };
  },
};
