// Whom and what a change touches, in one sentence for the plan: devices by their leases,
// interfaces with the devices behind them, services.

import { isFault } from "../base/fault.ts";
import { BLAST_NAMED_MAX, DEVICE_NAME_CHARS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { oneLine, printable } from "../base/text.ts";
import type { RosRow } from "../port/router.ts";
import type { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { isWithin } from "./where.ts";

const ADDRESSES = ["src-address", "dst-address", "address", "target", "to-addresses", "gateway"];
const INTERFACES = ["interface", "in-interface", "out-interface", "bridge"];
const NARROW = [...ADDRESSES, ...INTERFACES, "src-mac-address", "mac-address", "src-address-list", "dst-address-list"];
const WIDE = /^\/ip(v6)?\/(dns|settings|firewall\/(filter|raw|nat|mangle)|route)$/;

const valuesOf = (step: Step): ReadonlyArray<readonly [name: string, value: string]> =>
  [step.row ?? {}, step.before, step.after ?? {}].flatMap((fields) =>
    Object.entries(fields).filter((f): f is [string, string] => typeof f[1] === "string" && f[1] !== ""),
  );

const words = (all: Iterable<string>): string[] => [...new Set(all)];

function servicesOf(steps: readonly Step[]): string[] {
  return words(
    steps.flatMap((step) => {
      const given = new Map(valuesOf(step));
      if (step.menu === "/ip/service") return [`the service ${given.get("name") ?? step.label}`];
      const port = given.get("dst-port");
      return port === undefined ? [] : [`${given.get("protocol") ?? "port"} ${port}`];
    }),
  );
}

/** No field says for whom it is, or one says for all but some. */
function isForAll(step: Step): boolean {
  const narrow = valuesOf(step).filter(([name]) => NARROW.includes(name));
  const open = narrow.every(([, v]) => v.startsWith("!") || v === "0.0.0.0/0" || v === "::/0");
  return WIDE.test(step.menu) && open;
}

function devicesIn(nets: readonly string[], leases: readonly RosRow[]): string[] {
  return leases
    .filter((row) => nets.some((net) => isWithin(row["address"] ?? "", net)))
    .map((row) => {
      const name = row["comment"] ?? row["host-name"] ?? "";
      return `${oneLine(printable(name), DEVICE_NAME_CHARS_MAX)} ${row["address"] ?? ""}`.trim();
    });
}

const few = (names: readonly string[]): string => {
  const more = names.length > BLAST_NAMED_MAX ? `, and ${names.length - BLAST_NAMED_MAX} more` : "";
  return `${names.slice(0, BLAST_NAMED_MAX).join(", ")}${more}`;
};

/** The sentence; "" where nothing is known. */
export async function blastOf(s: Scope, rest: Rest, steps: readonly Step[]): Promise<string> {
  const ask = async (path: string, props: string): Promise<readonly RosRow[]> => {
    const rows = await rest.rows(s, { method: "GET", path, query: { ".proplist": props } });
    // It is a help for the reader; what cannot be read is left out.
    return isFault(rows) ? [] : rows;
  };
  const values = steps.flatMap(valuesOf);
  const isLink = (menu: string): boolean => menu.startsWith("/interface") && !menu.endsWith("/peers");
  const links = words([
    ...values.filter(([name]) => INTERFACES.includes(name)).map(([, v]) => v.replace("!", "")),
    ...steps.filter((step) => isLink(step.menu)).flatMap((step) => step.row?.["name"] ?? []),
  ]);
  const homes = links.length === 0 ? [] : await ask("/ip/address", "address,interface");
  const nets = [
    ...values.filter(([name]) => ADDRESSES.includes(name)).flatMap(([, v]) => v.split(",")),
    ...homes.filter((row) => links.includes(row["interface"] ?? "")).map((row) => row["address"] ?? ""),
  ];
  const leases = nets.length === 0 ? [] : await ask("/ip/dhcp-server/lease", "address,host-name,comment");
  const devices = words(devicesIn(nets, leases));
  const parts = [
    steps.some(isForAll) ? "everybody behind this router" : "",
    devices.length === 0 ? "" : `${devices.length === 1 ? "the device" : `${devices.length} devices:`} ${few(devices)}`,
    links.length === 0 ? "" : `interface ${few(links)}`,
    few(servicesOf(steps)),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `It touches ${parts.join("; ")}.`;
}
