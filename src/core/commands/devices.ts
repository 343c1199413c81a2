// /devices: who is on the network, joined from leases, ARP, bridge hosts and Wi-Fi.

import { isFault } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX } from "../../base/limits.ts";
import { count, table } from "../../base/text.ts";
import { deviceRow, findDevices } from "../../ros/devices.ts";
import { type Command, clip } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";

export const devicesCommand: Command = {
  name: "devices",
  usage: "",
  purpose: "devices on the network",
  async run(s, ctx) {
    const devices = await findDevices(s, readerOf(ctx));
    if (isFault(devices)) return devices;
    if (devices.length === 0) return { text: "No device is known: no lease, no ARP entry, no bridge host." };
    const online = devices.filter((d) => d.online).length;
    const shown = devices.slice(0, COMMAND_ROWS_MAX);
    const more = devices.length > shown.length ? `\n… and ${devices.length - shown.length} more` : "";
    const head = `${count(devices.length, "device")}, ${online} online`;
    const rows = table([["name", "address", "MAC", "where", "state"], ...shown.map(deviceRow)]);
    return { text: clip(`${head}\n${rows}${more}`) };
  },
};
