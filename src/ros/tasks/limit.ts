// /limit: a device gets no more than so much of the line, in both directions.
// Facts: MikroTik manual, Queues: Simple Queue (target, max-limit is upload/download), and
// FastTrack, which passes queues by: the device's connections are taken out of it.

import { fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type Named, oneDevice } from "../devices.ts";
import { isOn } from "../rows.ts";
import { isWithin, same } from "../where.ts";
import { FILTER } from "./firewall.ts";
import { adding, doing, isNo, reading, setting } from "./kit.ts";

const QUEUES = "/queue/simple";
const LEASES = "/ip/dhcp-server/lease";

const UNITS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** Bits a second of "20M", "512k", "1.5 Mbit/s"; 0 for "". */
function rateOf(text: string): Outcome<number> {
  if (text === "") return 0;
  const [, n = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)\s*([kmg])(?:bits?|bps|bit\/s|b\/s)?$/i.exec(text) ?? [];
  const bits = Math.round(Number(n) * (UNITS[unit.toLowerCase()] ?? 0));
  if (bits >= 1_000) return bits;
  return fault("input", `${word(text)} is no speed: write 20M (megabits a second) or 512k.`);
}

const shown = (bits: number): string => (bits === 0 ? "as fast as it can" : `${bits / 1e6} Mbit/s`);

/** Rules that keep a device's connections out of FastTrack. */
function aside(look: (menu: string) => readonly RosRow[], ip: string): readonly RosRow[] {
  return look(FILTER).filter(
    (row) =>
      row["chain"] === "forward" &&
      row["action"] === "accept" &&
      row["connection-state"] === "established,related" &&
      (row["src-address"] === ip || row["dst-address"] === ip) &&
      !isOn(row["disabled"]),
  );
}

interface Rates {
  up: number;
  down: number;
  isOff: boolean;
}

function lifted(device: Named, queues: readonly RosRow[], rules: readonly RosRow[]): TaskAnswer {
  if (queues.length + rules.length === 0) return { text: `${device.label} has no limit of its own: nothing to do.` };
  const commands = [
    ...(queues.length === 0 ? [] : [doing(QUEUES, "remove", ...queues)]),
    ...(rules.length === 0 ? [] : [doing(FILTER, "remove", ...rules)]),
  ];
  return { commands, text: `${device.label} would be as fast as the line again.` };
}

function queueCommand(queues: readonly RosRow[], device: Named, rates: Rates): string | null {
  const limit = `${rates.up}/${rates.down}`;
  const target = `${device.ip}/32`;
  const own = queues.find((row) => same(row["target"] ?? "", target));
  if (own !== undefined)
    return (own["max-limit"] ?? "") === limit ? null : setting(QUEUES, own, { "max-limit": limit });
  // The first queue that fits counts.
  const wide = queues.find((row) => (row["target"] ?? "").split(",").some((net) => isWithin(device.ip, net)));
  const name = `limit ${device.name || device.ip}`;
  return adding(QUEUES, { name, target, "max-limit": limit, "place-before": wide?.[".id"] });
}

async function limited(s: Scope, kit: ToolKit, device: Named, rates: Rates): Wait<TaskAnswer> {
  if (device.ip === "")
    return fault("input", `${device.label} has no address now.`, { next: "Try again when it is there." });
  const look = await reading(s, kit, [QUEUES, FILTER, LEASES]);
  if (isFault(look)) return look;
  const queues = look(QUEUES).filter((row) => !isOn(row["dynamic"]));
  const own = queues.filter((row) => same(row["target"] ?? "", `${device.ip}/32`));
  const rules = aside(look, device.ip);
  if (rates.isOff) return lifted(device, own, rules);
  const fast = look(FILTER).find((row) => row["action"] === "fasttrack-connection" && !isOn(row["disabled"]));
  const comment = `limit ${device.name || device.ip}: not fasttracked`;
  const rule = { chain: "forward", action: "accept", "connection-state": "established,related" };
  const extra =
    fast === undefined || rules.length > 0
      ? []
      : ["src-address", "dst-address"].map((side) =>
          adding(FILTER, { ...rule, [side]: device.ip, comment, "place-before": fast[".id"] }),
        );
  const queue = queueCommand(queues, device, rates);
  const now = `download ${shown(rates.down)}, upload ${shown(rates.up)}`;
  if (queue === null && extra.length === 0) return { text: `${device.label} has this limit already: ${now}.` };
  const lease = look(LEASES).find((row) => row[".id"] === device.leaseId && isOn(row["dynamic"]));
  const fix = lease === undefined ? [] : [doing(LEASES, "make-static", lease)];
  const open = extra.length === 0 ? "" : " Connections that are open already may stay fast until they end.";
  return {
    commands: [...fix, ...extra, ...(queue === null ? [] : [queue])],
    text: `${device.label} would get at most: ${now}.${open} /limit ${device.ip} off takes it back.`,
  };
}

/** `/limit` */
export const limit: Task<"device" | "down" | "up"> = {
  name: "limit",
  purpose: "how fast a device may be at most",
  args: {
    device: "name, address or MAC",
    down: "download, such as 20M or 512k; off takes the limit back",
    up: "upload, such as 5M",
  },
  needs: ["device"],
  effect: "propose",
  async run(s, kit, { device: asked, down, up }) {
    const isOff = isNo(down) || isNo(up);
    const downBits = rateOf(isOff ? "" : down);
    if (isFault(downBits)) return downBits;
    const upBits = rateOf(isOff ? "" : up);
    if (isFault(upBits)) return upBits;
    if (!isOff && downBits + upBits === 0) return fault("input", "Say how fast: down=20M, up=5M, or both.");
    const device = await oneDevice(s, kit.router, asked, "limit");
    if (isFault(device) || "text" in device) return device;
    return limited(s, kit, device, { up: upBits, down: downBits, isOff });
  },
};
