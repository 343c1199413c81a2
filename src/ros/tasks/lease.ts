// /lease: the DHCP leases, or a fixed address for one device.
// Facts: MikroTik manual, DHCP server, leases: make-static, then set; a device keeps its old
// address until it renews.

import { fault, isFault, type Wait } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX, REST_ROWS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, table, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type Named, oneDevice } from "../devices.ts";
import { isOn, rowsIfAny } from "../rows.ts";
import { same } from "../where.ts";
import { adding, doing, setting } from "./kit.ts";
import { isHostIn, netFor, netsOf } from "./nets.ts";

const LEASES = "/ip/dhcp-server/lease";

function listText(rows: readonly RosRow[]): string {
  if (rows.length === 0) return "There is no DHCP lease.";
  const lines = rows
    .slice(0, COMMAND_ROWS_MAX)
    .map((r) => [
      word(r["address"]),
      word(r["mac-address"]),
      word(r["host-name"] ?? r["comment"]),
      isOn(r["dynamic"]) ? "dynamic" : "static",
      word(r["status"]),
      word(r["expires-after"]),
    ]);
  return `${count(rows.length, "lease")}\n${table([["address", "MAC", "name", "kind", "status", "expires in"], ...lines])}`;
}

/** The DHCP server that gives out a device's wanted address; a fault says why it cannot. */
async function serverFor(s: Scope, kit: ToolKit, device: Named, address: string, leases: readonly RosRow[]) {
  const addresses = await rowsIfAny(s, kit.router, "/ip/address");
  if (isFault(addresses)) return addresses;
  const servers = await rowsIfAny(s, kit.router, "/ip/dhcp-server");
  if (isFault(servers)) return servers;
  const net = netFor(netsOf(addresses), address);
  const server = servers.find((row) => row["interface"] === net?.interface && !isOn(row["disabled"]));
  if (net === null || server === undefined || !isHostIn(net, address))
    return fault("input", `${word(address)} is no address that a DHCP server of this router could give to a device.`, {
      next: "Take a free one of the device's own network.",
    });
  const other = leases.find((row) => row["address"] === address && !same(row["mac-address"] ?? "", device.mac));
  if (other === undefined) return server["name"] ?? "";
  const who = word(other["comment"] ?? other["host-name"] ?? other["mac-address"]);
  return fault("conflict", `${address} belongs to ${who} already.`, { next: "Take another, or free it first." });
}

/** The commands that give a device's lease what it lacks. */
function commandsFor(row: RosRow | undefined, device: Named, wanted: Record<"address" | "server" | "name", string>) {
  const { address, server, name } = wanted;
  const comment = name === "" || name === row?.["comment"] ? undefined : name;
  if (row === undefined) return [adding(LEASES, { address, "mac-address": device.mac, server, comment })];
  const moved = row["address"] === address ? undefined : address;
  const set = moved === undefined && comment === undefined ? [] : [setting(LEASES, row, { address: moved, comment })];
  return isOn(row["dynamic"]) ? [doing(LEASES, "make-static", row), ...set] : set;
}

async function fixed(s: Scope, kit: ToolKit, device: Named, wanted: string, name: string): Wait<TaskAnswer> {
  const leases = await rowsIfAny(s, kit.router, LEASES);
  if (isFault(leases)) return leases;
  const row = leases.find((r) => r[".id"] === device.leaseId);
  const address = wanted === "" ? (row?.["address"] ?? device.ip) : wanted;
  const server = row?.["address"] === address ? "" : await serverFor(s, kit, device, address, leases);
  if (isFault(server)) return server;
  const commands = commandsFor(row, device, { address, server, name });
  if (commands.length === 0) return { text: `${device.label} has a static lease already: it always gets ${address}.` };
  const later = address === device.ip ? "" : " It keeps the one it has until it renews its lease.";
  return { commands, text: `${device.label} would always get ${address}.${later}` };
}

/** `/lease` */
export const lease: Task<"device" | "address" | "name"> = {
  name: "lease",
  purpose: "DHCP leases, or a fixed address for a device",
  args: {
    device: "name, address or MAC; without one the leases are listed",
    address: "the address that it is to have; its own when left out",
    name: "comment of the lease",
  },
  needs: [],
  effect: "propose",
  async run(s, kit, { device: asked, address, name }) {
    if (asked === "") {
      const rows = await kit.router.print(s, LEASES, {}, REST_ROWS_MAX);
      return isFault(rows) ? rows : { text: listText(rows) };
    }
    const device = await oneDevice(s, kit.router, asked, "lease");
    return isFault(device) || "text" in device ? device : fixed(s, kit, device, address, name);
  },
};
