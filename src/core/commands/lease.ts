// /lease: the leases, or a fixed address for one device, offered as a plan.

import { isFault } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, table, word } from "../../base/text.ts";
import { oneDevice } from "../../ros/devices.ts";
import { type Command, clip, rowsOf, runConsole } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";
import type { TurnCtx } from "../turn-types.ts";

async function list(s: Scope, ctx: TurnCtx) {
  const rows = await rowsOf(s, ctx, "/ip/dhcp-server/lease");
  if (isFault(rows)) return rows;
  if (rows.length === 0) return { text: "There is no DHCP lease." };
  const lines = rows
    .slice(0, COMMAND_ROWS_MAX)
    .map((r) => [
      word(r["address"]),
      word(r["mac-address"]),
      word(r["host-name"] ?? r["comment"]),
      r["dynamic"] === "true" ? "dynamic" : "static",
      word(r["status"]),
      word(r["expires-after"]),
    ]);
  const head = ["address", "MAC", "name", "kind", "status", "expires in"];
  return { text: clip(`${count(rows.length, "lease")}\n${table([head, ...lines])}`) };
}

export const lease: Command = {
  name: "lease",
  usage: "[device]",
  purpose: "DHCP leases, or a fixed address for a device",
  async run(s, ctx, args) {
    if (args === "") return list(s, ctx);
    const device = await oneDevice(s, readerOf(ctx), args, "lease");
    if (isFault(device) || "text" in device) return device;
    if (device.leaseId === "") return { text: `${device.label} has no DHCP lease that could be fixed.` };
    if (!device.dynamic) return { text: `${device.label} has a static lease already: it always gets ${device.ip}.` };
    const offered = await runConsole(s, ctx, `/ip/dhcp-server/lease/make-static ${device.leaseId}`);
    return isFault(offered) ? offered : { ...offered, text: `${device.label} would always get ${device.ip}.` };
  },
};
