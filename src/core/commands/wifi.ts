// /wifi: networks and who is in them; the new menu (wifi) first, then the old (wireless).

import { isFault, type Wait } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, table, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import { findDevices } from "../../ros/devices.ts";
import { rowsIfAny } from "../../ros/rows.ts";
import { type Command, clip, rowsOf } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";
import type { TurnCtx } from "../turn-types.ts";

interface Air {
  /** SSIDs of configuration profiles, by their names. */
  profiles: ReadonlyMap<string, string>;
  networks: readonly RosRow[];
  clients: readonly RosRow[];
}

async function air(s: Scope, ctx: TurnCtx): Wait<Air | null> {
  for (const menu of ["/interface/wifi", "/interface/wireless"]) {
    const networks = await rowsIfAny(s, readerOf(ctx), menu);
    if (isFault(networks)) return networks;
    if (networks.length === 0) continue;
    const clients = await rowsOf(s, ctx, `${menu}/registration-table`);
    if (isFault(clients)) return clients;
    const profiles = await rowsIfAny(s, readerOf(ctx), `${menu}/configuration`);
    const named = (isFault(profiles) ? [] : profiles).map((r) => [r["name"] ?? "", r["ssid"] ?? ""] as const);
    return { networks, clients, profiles: new Map(named) };
  }
  return null;
}

function networkRow(r: RosRow, profiles: ReadonlyMap<string, string>): string[] {
  const state = r["disabled"] === "true" ? "disabled" : r["running"] === "true" ? "up" : "no clients or down";
  const ssid = r["configuration.ssid"] ?? r["ssid"] ?? profiles.get(r["configuration"] ?? "");
  return [
    word(r["name"]),
    word(ssid),
    state,
    word(r["channel.frequency"] ?? r["frequency"] ?? r["channel.band"] ?? r["band"]),
  ];
}

export const wifi: Command = {
  name: "wifi",
  usage: "",
  purpose: "wireless networks and their clients",
  async run(s, ctx) {
    const found = await air(s, ctx);
    if (isFault(found)) return found;
    if (found === null) return { text: "This router has no Wi-Fi." };
    const devices = await findDevices(s, readerOf(ctx));
    const names = new Map(isFault(devices) ? [] : devices.map((d) => [d.mac, d.name]));
    const clients = found.clients
      .slice(0, COMMAND_ROWS_MAX)
      .map((r) => [
        word(names.get((r["mac-address"] ?? "").toUpperCase())),
        word(r["mac-address"]),
        word(r["interface"]),
        `${word(r["signal"] ?? r["signal-strength"])} dBm`,
        word(r["uptime"]),
      ]);
    const text = [
      table([
        ["network", "SSID", "state", "frequency"],
        ...found.networks.slice(0, COMMAND_ROWS_MAX).map((r) => networkRow(r, found.profiles)),
      ]),
      "",
      count(found.clients.length, "client"),
      ...(clients.length > 0 ? [table([["name", "MAC", "on", "signal", "since"], ...clients])] : []),
    ];
    return { text: clip(text.join("\n")) };
  },
};
