// /unblock: what keeps a device from the internet goes: /block's rules, and a lease that
// refuses it an address. Facts: MikroTik manual, DHCP server, leases: block-access.

import { isFault } from "../../base/fault.ts";
import type { Task } from "../../port/task.ts";
import { oneDevice } from "../devices.ts";
import { blocksOf } from "./block.ts";
import { doing, reading, setting } from "./kit.ts";

const LEASES = "/ip/dhcp-server/lease";
const FILTERS = ["/ip/firewall/filter", "/ipv6/firewall/filter"];

/** `/unblock` */
export const unblock: Task<"device"> = {
  name: "unblock",
  purpose: "let a device that was blocked on the internet again",
  args: { device: "name, address or MAC" },
  needs: ["device"],
  effect: "propose",
  async run(s, kit, { device: asked }) {
    const device = await oneDevice(s, kit.router, asked, "unblock");
    if (isFault(device) || "text" in device) return device;
    const look = await reading(s, kit, [...FILTERS, LEASES]);
    if (isFault(look)) return look;
    const rules = FILTERS.flatMap((menu) => {
      const rows = blocksOf(look(menu), device.mac);
      return rows.length === 0 ? [] : [doing(menu, "remove", ...rows)];
    });
    const lease = look(LEASES).find((row) => row[".id"] === device.leaseId);
    const open = lease !== undefined && device.blocked ? [setting(LEASES, lease, { "block-access": "no" })] : [];
    const commands = [...rules, ...open];
    if (commands.length === 0)
      return { text: `${device.label} is blocked by no rule and no lease; there is nothing to take back.` };
    return { commands, text: `${device.label} would get through the router again.` };
  },
};
