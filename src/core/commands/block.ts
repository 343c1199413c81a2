// /block and /unblock: a device's DHCP lease refuses or gives it an address. Offered as a
// plan. RouterOS manual, DHCP server, leases: block-access, make-static.

import { isFault } from "../../base/fault.ts";
import { oneDevice } from "../../ros/devices.ts";
import { type Command, runConsole } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";

export const block: Command = {
  name: "block",
  usage: "<device>",
  purpose: "give a device no address any more",
  async run(s, ctx, args) {
    const device = await oneDevice(s, readerOf(ctx), args, "block");
    if (isFault(device) || "text" in device) return device;
    const { leaseId: id, label } = device;
    if (id === "") {
      const rule = `/run /ip/firewall/filter/add chain=forward src-mac-address=${device.mac} action=drop`;
      return {
        text: `${label} has no DHCP lease, so it cannot be blocked this way. A firewall rule would do: ${rule}`,
      };
    }
    if (device.blocked) return { text: `${label} is blocked already. /unblock takes it back.` };
    const fix = device.dynamic ? `/ip/dhcp-server/lease/make-static ${id}; ` : "";
    const offered = await runConsole(s, ctx, `${fix}/ip/dhcp-server/lease/set ${id} block-access=yes`);
    if (isFault(offered)) return offered;
    const text = `${label} would get no address any more. It keeps the one it has until it renews its lease${device.expires === "" ? "" : ` (within ${device.expires})`}, and a device that sets its own address or changes its MAC is not stopped by this.`;
    return { ...offered, text };
  },
};

export const unblock: Command = {
  name: "unblock",
  usage: "<device>",
  purpose: "take a /block back",
  async run(s, ctx, args) {
    const device = await oneDevice(s, readerOf(ctx), args, "unblock");
    if (isFault(device) || "text" in device) return device;
    if (!device.blocked) return { text: `${device.label} is not blocked by its lease; there is nothing to take back.` };
    const offered = await runConsole(s, ctx, `/ip/dhcp-server/lease/set ${device.leaseId} block-access=no`);
    if (isFault(offered)) return offered;
    const text = `${device.label} would get an address again, at its next try. Its lease stays static.`;
    return { ...offered, text };
  },
};
