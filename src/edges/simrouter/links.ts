// Rows that follow from other rows: connected and default routes from addresses and the
// DHCP client, `slave`, `network` and `actual-interface`, names that others refer to,
// address-list entries whose time is over.

import { INTERFACE_TYPES } from "./kinds.ts";
import { refOf } from "./refs.ts";
import { settleRoutes } from "./routes.ts";
import { addRow, dropRow, type Fields, fieldsOf, isTrue, type Row } from "./rows.ts";
import { networkOf } from "./values.ts";
import type { World } from "./world.ts";

/** The interface of that name. */
export function interfaceNamed(world: World, name: string | undefined): Row | undefined {
  return world.rows("/interface").find((r) => r.fields.get("name") === name);
}

/** The lookup server that the router asks. */
export function nameServer(world: World): string | undefined {
  const dns = world.single("/ip/dns");
  return `${dns.get("servers") ?? ""},${dns.get("dynamic-servers") ?? ""}`.split(",").find((a) => a !== "");
}

const usable = (world: World, name: string | undefined): boolean => {
  const row = interfaceNamed(world, name);
  return row !== undefined && !isTrue(row.fields, "disabled");
};

function connected(prefix: string, port: string, address: string): Record<string, string> {
  return {
    "dst-address": prefix,
    "routing-table": "main",
    gateway: port,
    "immediate-gw": port,
    "local-address": `${address}%${port}`,
    distance: "0",
    scope: "10",
    "target-scope": "5",
    connect: "true",
    dynamic: "true",
    active: "true",
    inactive: "false",
    disabled: "false",
  };
}

/** The route to the network of an address, while its interface is enabled. */
function connect(world: World, address: string, port: string): Fields[] {
  const bits = address.split("/")[1] ?? "32";
  if (!usable(world, port)) return [];
  return [fieldsOf(connected(`${networkOf(address)}/${bits}`, port, address.split("/")[0] ?? ""))];
}

function clientAddress(client: Fields): Fields {
  const address = client.get("address") ?? "";
  const port = client.get("interface") ?? "";
  const flags = { vrf: "main", invalid: "false", dynamic: "true", slave: "false", disabled: "false" };
  return fieldsOf({ address, network: networkOf(address) ?? "", interface: port, "actual-interface": port, ...flags });
}

function clientRoute(client: Fields): Fields[] {
  if (client.get("add-default-route") === "no") return [];
  const gateway = client.get("gateway") ?? "";
  const port = client.get("interface") ?? "";
  return [
    fieldsOf({
      ...connected("0.0.0.0/0", gateway, ""),
      "immediate-gw": `${gateway}%${port}`,
      "local-address": client.get("address")?.split("/")[0] ?? "",
      distance: client.get("default-route-distance") ?? "1",
      scope: "30",
      "target-scope": "10",
      connect: "false",
      dhcp: "true",
      "vrf-interface": port,
    }),
  ];
}

/** Default routes of PPPoE clients whose port is up. */
function dialled(world: World): Fields[] {
  const rows = world
    .rows("/interface/pppoe-client")
    .map((r) => r.fields)
    .filter((f) => !isTrue(f, "disabled") && usable(world, f.get("interface")))
    .filter((f) => f.get("add-default-route") === "yes" || isTrue(f, "add-default-route"));
  const more = { distance: "1", scope: "30", "target-scope": "10", connect: "false" };
  return rows.map((f) => fieldsOf({ ...connected("0.0.0.0/0", f.get("name") ?? "", ""), ...more }));
}

/** The dynamic rows that /ip/address and /ip/route should hold now. */
function wanted(world: World): { addresses: Fields[]; routes: Fields[] } {
  const bound = world
    .rows("/ip/dhcp-client")
    .map((r) => r.fields)
    .filter((f) => f.get("status") === "bound" && f.has("address"));
  const own = world
    .rows("/ip/address")
    .map((r) => r.fields)
    .filter((f) => !isTrue(f, "dynamic") && !isTrue(f, "disabled"));
  const reach = (f: Fields): Fields[] => connect(world, f.get("address") ?? "", f.get("interface") ?? "");
  return {
    addresses: bound.map(clientAddress),
    routes: [...dialled(world), ...bound.flatMap((f) => [...reach(f), ...clientRoute(f)]), ...own.flatMap(reach)],
  };
}

const keyOf = (fields: Fields): string =>
  ["dst-address", "address", "gateway", "interface"].map((name) => fields.get(name) ?? "").join(" ");

/** Brings the dynamic rows of a menu to what they should be, keeping the ids of those that stay. */
function settle(world: World, menu: string, should: readonly Fields[]): void {
  const table = world.table(menu);
  const left = new Map(should.map((f) => [keyOf(f), f]));
  for (const row of [...table.rows]) {
    if (!isTrue(row.fields, "dynamic")) continue;
    if (!left.delete(keyOf(row.fields))) dropRow(table, row.id);
  }
  for (const fields of left.values()) addRow(table, fields);
}

function settleClients(world: World): void {
  for (const row of world.rows("/ip/dhcp-client")) {
    const works = !isTrue(row.fields, "disabled") && usable(world, row.fields.get("interface"));
    const was = row.fields.get("status") === "bound";
    // A lease once had is got again; a client that never had one goes on searching.
    if (works && !was && row.fields.has("~address")) {
      row.fields.set("status", "bound");
      row.fields.set("address", row.fields.get("~address") ?? "");
    }
    if (!works && was) {
      row.fields.set("~address", row.fields.get("address") ?? "");
      row.fields.delete("address");
      row.fields.set("status", "stopped");
    }
  }
}

/** The bridge ports that Wi-Fi interfaces make of themselves. */
function airPorts(world: World): Fields[] {
  return world
    .rows("/interface/wifi")
    .map((r) => r.fields)
    .filter((f) => !isTrue(f, "disabled") && usable(world, f.get("datapath.bridge")))
    .map((f) => ({ interface: f.get("name") ?? "", bridge: f.get("datapath.bridge") ?? "", pvid: "1" }))
    .map((port) => fieldsOf({ ...port, status: "in-bridge", dynamic: "true", disabled: "false" }));
}

function settleSlaves(world: World): void {
  const ports = new Set(
    world
      .rows("/interface/bridge/port")
      .filter((r) => !isTrue(r.fields, "disabled"))
      .map((r) => r.fields.get("interface")),
  );
  for (const row of world.rows("/interface")) {
    if (ports.has(row.fields.get("name"))) row.fields.set("slave", "true");
    else row.fields.delete("slave");
  }
}

/** Ends address-list entries whose time is over. */
export function expire(world: World): void {
  const table = world.table("/ip/firewall/address-list");
  const now = world.clock.monoMs();
  for (const row of [...table.rows]) {
    const until = row.fields.get("~untilMs");
    if (until !== undefined && Number(until) <= now) dropRow(table, row.id);
  }
}

/** To be called after each change: everything that follows is brought up to date. */
export function settleAll(world: World): void {
  settleClients(world);
  settle(world, "/interface/bridge/port", airPorts(world));
  settleSlaves(world);
  const { addresses, routes } = wanted(world);
  settle(world, "/ip/address", addresses);
  settle(world, "/ip/route", routes);
  for (const row of world.rows("/ip/address")) {
    const port = row.fields.get("interface") ?? "";
    row.fields.set("network", networkOf(row.fields.get("address") ?? "") ?? "");
    row.fields.set(
      "actual-interface",
      isTrue(interfaceNamed(world, port)?.fields ?? new Map(), "slave") ? "bridge" : port,
    );
    row.fields.set("invalid", String(interfaceNamed(world, port) === undefined));
  }
  settleRoutes(world);
}

/** The value with `after` in place of `before`, negated or in a list. */
function exchanged(value: string, before: string, after: string): string {
  const parts = value.split(",").map((part) => {
    if (part === before) return after;
    return part === `!${before}` ? `!${after}` : part;
  });
  return parts.join(",");
}

/** Puts `after` where other rows refer to `before`: renaming, or the raw id of what is gone. */
export function rerefer(world: World, menu: string, before: string, after: string): void {
  const meant = INTERFACE_TYPES.has(menu) ? [menu, "/interface"] : [menu];
  const refers = (other: string, name: string): boolean =>
    !name.startsWith("~") && (refOf(other, name)?.menus.some((m) => meant.includes(m)) ?? false);
  for (const [other, table] of world.tables) {
    for (const { fields } of table.rows) {
      const found = [...fields].filter(([name, value]) => value.includes(before) && refers(other, name));
      for (const [name, value] of found) fields.set(name, exchanged(value, before, after));
    }
  }
}
