// Everything known of one device: its port or Wi-Fi, signal, address, lease and when it was
// seen. Facts: MikroTik manual, DHCP leases, Bridge hosts, WiFi registration table; the
// second digit of a random MAC address: IEEE 802, locally administered bit.

import { isFault, type Wait } from "../../base/fault.ts";
import { DEVICES_FOUND_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type Device, findDevices, matching } from "../devices.ts";
import { AIR_MENUS, signalWord } from "../radio.ts";
import { survey } from "../rows.ts";

/** What the joined table does not hold. */
interface Surroundings {
  air: ReadonlyMap<string, RosRow>;
  neighbors: readonly RosRow[];
  kids: readonly RosRow[];
  /** Devices behind each port. */
  crowd: ReadonlyMap<string, number>;
}

const macOf = (row: RosRow): string => (row["mac-address"] ?? "").toUpperCase();

async function surroundings(s: Scope, kit: ToolKit, devices: readonly Device[]): Wait<Surroundings> {
  const airs = AIR_MENUS.map((menu) => `${menu}/registration-table`);
  const of = await survey(kit.router).all(s, [...airs, "/ip/neighbor", "/ip/kid-control/device"]);
  if (isFault(of)) return of;
  const air = new Map(airs.flatMap(of).map((row) => [macOf(row), row]));
  const crowd = new Map<string, number>();
  for (const d of devices) if (d.online && d.signal === "") crowd.set(d.where, 1 + (crowd.get(d.where) ?? 0));
  return { air, neighbors: of("/ip/neighbor"), kids: of("/ip/kid-control/device"), crowd };
}

function placeLine(d: Device, around: Surroundings): string {
  if (!d.online) return "not seen now";
  const radio = around.air.get(d.mac);
  if (radio !== undefined) {
    const rates = [radio["tx-rate"], radio["rx-rate"]].map((r) => (/^\d+$/.test(r ?? "") ? Number(r) / 1e6 : null));
    const speed = rates.every((r) => r !== null)
      ? `, rates ${rates.map((r) => Math.round(r ?? 0)).join("/")} Mbit/s`
      : "";
    const ssid = word(radio["ssid"]);
    const band = word(radio["band"]);
    const more = `${ssid === "" ? "" : ` "${ssid}"`}${band === "" ? "" : ` (${band})`}`;
    return `online, on Wi-Fi ${d.where}${more}, signal ${d.signal} dBm: ${signalWord(d.signal)}${speed}, connected ${word(radio["uptime"])}`;
  }
  const others = (around.crowd.get(d.where) ?? 1) - 1;
  const shared = others > 0 ? `; ${count(others, "other device")} there too, so behind a switch or access point` : "";
  return d.where === "" ? "online" : `online, on ${d.where}${shared}`;
}

/** The second digit of an address that the device made up itself. */
const isRandom = (mac: string): boolean => /^.[26AE]/i.test(mac);

function details(d: Device, around: Surroundings): string {
  const lease = d.leaseId === "" ? "none" : d.dynamic ? "dynamic" : "static";
  const times = [
    d.lastSeen === "" ? "" : `, last seen ${d.lastSeen} ago`,
    d.expires === "" ? "" : `, expires in ${d.expires}`,
  ].join("");
  const next = around.neighbors.find((row) => macOf(row) === d.mac);
  const kid = around.kids.find((row) => macOf(row) === d.mac);
  return [
    d.name === "" ? "(no name)" : d.name,
    `  address ${d.ip === "" ? "unknown" : d.ip}, MAC ${d.mac}${isRandom(d.mac) ? " (made up by the device; it may change)" : ""}`,
    `  ${placeLine(d, around)}`,
    `  lease: ${lease}${times}${d.blocked ? ", BLOCKED" : ""}`,
    ...(d.comment === "" ? [] : [`  comment: ${d.comment}`]),
    ...(next === undefined
      ? []
      : [`  says of itself: ${[next["identity"], next["platform"], next["version"]].map(word).join(" ").trim()}`]),
    ...(kid === undefined ? [] : [`  kid control: ${word(kid["user"])} ${word(kid["activity"])}`.trimEnd()]),
  ].join("\n");
}

export const find: Task<"device"> = {
  name: "find",
  purpose: "everything about one device: port or Wi-Fi, signal, address, lease, last seen",
  args: { device: "name, IP or MAC address, or a part of one (the first half of a MAC is the maker's)" },
  needs: ["device"],
  effect: "read",
  async run(s, kit, { device }) {
    const devices = await findDevices(s, kit.router);
    if (isFault(devices)) return devices;
    const found = matching(devices, device);
    if (found.length === 0) return { text: `No device fits "${word(device)}". /devices lists all.` };
    const around = await surroundings(s, kit, devices);
    if (isFault(around)) return around;
    const more = found.length > DEVICES_FOUND_MAX ? [`… and ${found.length - DEVICES_FOUND_MAX} more`] : [];
    return { text: [...found.slice(0, DEVICES_FOUND_MAX).map((d) => details(d, around)), ...more].join("\n") };
  },
};
