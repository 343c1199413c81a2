// /find: everything known of one device, by MAC address, IP address or a part of its name.

import { isFault } from "../../base/fault.ts";
import { DEVICES_FOUND_MAX } from "../../base/limits.ts";
import { word } from "../../base/text.ts";
import { type Device, findDevices, matching } from "../../ros/devices.ts";
import { type Command, clip } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";

function details(d: Device): string {
  const lease = d.leaseId === "" ? "none" : d.dynamic ? "dynamic" : "static";
  const lines = [
    d.name === "" ? "(no name)" : d.name,
    `  address ${d.ip === "" ? "unknown" : d.ip}, MAC ${d.mac}`,
    `  ${d.online ? "online" : "not seen now"}${d.where === "" ? "" : `, on ${d.where}`}${d.signal === "" ? "" : `, signal ${d.signal} dBm`}`,
    `  lease: ${lease}${d.lastSeen === "" ? "" : `, last seen ${d.lastSeen} ago`}${d.blocked ? ", BLOCKED" : ""}`,
    ...(d.comment === "" ? [] : [`  comment: ${d.comment}`]),
  ];
  return lines.join("\n");
}

export const find: Command = {
  name: "find",
  usage: "<mac|ip|name>",
  purpose: "everything about one device",
  async run(s, ctx, args) {
    if (args === "") return { text: "Write a MAC address, an IP address or a part of the name after it: /find tablet" };
    const devices = await findDevices(s, readerOf(ctx));
    if (isFault(devices)) return devices;
    const found = matching(devices, args);
    if (found.length === 0) return { text: `No device fits "${word(args)}". /devices lists all.` };
    const more = found.length > DEVICES_FOUND_MAX ? `\n… and ${found.length - DEVICES_FOUND_MAX} more` : "";
    return { text: clip(found.slice(0, DEVICES_FOUND_MAX).map(details).join("\n") + more) };
  },
};
