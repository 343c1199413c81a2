// /wan: how this router reaches the internet: default routes, addresses, DNS.

import { isFault } from "../../base/fault.ts";
import { word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import { rowsIfAny } from "../../ros/rows.ts";
import { defaultRoutes, outOf } from "../../ros/ways-out.ts";
import { type Command, clip, rowsOf } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";

function routeLine(r: RosRow): string {
  const state = r["active"] === "true" ? "active" : r["disabled"] === "true" ? "disabled" : "not active";
  const out = outOf(r);
  const on = out === "" ? "" : ` on ${word(out)}`;
  return `Default route by ${word(r["gateway"])}${on}: ${state}, distance ${word(r["distance"])}`;
}

function clientLine(kind: string, r: RosRow): string {
  const state = word(r["status"] ?? (r["running"] === "true" ? "running" : "not running"));
  const address = r["address"] === undefined ? "" : `, address ${word(r["address"])}`;
  const off = r["disabled"] === "true" ? " (disabled)" : "";
  return `${kind} on ${word(r["interface"])}${off}: ${state}${address}`;
}

export const wan: Command = {
  name: "wan",
  usage: "",
  purpose: "the way to the internet",
  async run(s, ctx) {
    const routes = await rowsOf(s, ctx, "/ip/route");
    if (isFault(routes)) return routes;
    const defaults = defaultRoutes(routes);
    const lines = defaults.map(routeLine);
    if (defaults.length === 0)
      lines.push("There is no default route: nothing behind this router reaches the internet.");
    for (const [kind, menu] of [
      ["DHCP client", "/ip/dhcp-client"],
      ["PPPoE client", "/interface/pppoe-client"],
      ["LTE", "/interface/lte"],
    ] as const) {
      const rows = await rowsIfAny(s, readerOf(ctx), menu);
      if (!isFault(rows)) lines.push(...rows.slice(0, 4).map((r) => clientLine(kind, r)));
    }
    const outs = new Set(defaults.map(outOf).filter((o) => o !== ""));
    const addresses = await rowsIfAny(s, readerOf(ctx), "/ip/address");
    for (const a of isFault(addresses) ? [] : addresses) {
      if (outs.has(a["interface"] ?? "")) lines.push(`Address ${word(a["address"])} on ${word(a["interface"])}`);
    }
    const dns = await rowsIfAny(s, readerOf(ctx), "/ip/dns");
    const servers = isFault(dns)
      ? []
      : [dns[0]?.["servers"], dns[0]?.["dynamic-servers"]].filter((d) => d !== undefined && d !== "");
    lines.push(servers.length > 0 ? `DNS servers: ${servers.map(word).join(", ")}` : "No DNS server is known.");
    return { text: clip(lines.join("\n")) };
  },
};
