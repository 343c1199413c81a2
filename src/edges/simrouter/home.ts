// Furnishes a new router: the simulated home, its first user, the log of its past, and
// what comes back by itself after a restart.

import { share } from "./chance.ts";
import { arpRows, connectionRows, hostRows, leaseRows, registrationRows } from "./home-lan.ts";
import { LINKS, PORTS, SSID } from "./home-links.ts";
import { NET, WAN_ADDRESS } from "./home-net.ts";
import { OLD_LOG, SYSTEM, VERSION } from "./home-system.ts";
import { settleAll } from "./links.ts";
import { addRow, type Fields, fieldsOf } from "./rows.ts";
import { readSheet } from "./sheet.ts";
import { stampOf, type World } from "./world.ts";

/** Fields under the release's names, without those that it does not have. */
function asCalled(world: World, menu: string, row: Record<string, string>): Fields {
  const fields: Fields = new Map();
  for (const [name, value] of Object.entries(row)) {
    const now = name.startsWith("~") ? name : world.family.called(menu, name);
    if (now !== null) fields.set(now, value);
  }
  return fields;
}

function put(world: World, menu: string, rows: ReadonlyArray<Record<string, string>>): void {
  for (const row of rows) addRow(world.table(menu), asCalled(world, menu, row));
}

// What a router without any configuration has.
const FACTORY = new Set(
  (
    "/interface/ethernet /interface/wifi ~loopback /routing/table /user/group /ip/service /system/package /system/health " +
    "/system/logging/action /system/logging /system/resource/cpu /queue/type /ppp/profile /snmp/community /disk /file"
  ).split(" "),
);

const isList = (world: World, menu: string): boolean => world.tree.menu(menu)?.list !== false;
const isBuiltin = (row: Record<string, string>): boolean => row["builtin"] === "true";

/** Rows of a list, or the one object of a menu without records. */
function putPages(world: World, sheet: string, isBare: boolean): void {
  for (const { menu, rows: all } of readSheet(sheet.split(VERSION).join(world.family.version))) {
    const rows = isBare && !FACTORY.has(menu) ? all.filter((row) => isBuiltin(row) || !isList(world, menu)) : all;
    if (isList(world, menu)) {
      put(world, menu, rows);
      continue;
    }
    for (const [name, value] of asCalled(world, menu, rows[0] ?? {})) world.single(menu).set(name, value);
  }
}

function firstUser(world: World, user: string, password: string): void {
  addRow(
    world.table("/user"),
    fieldsOf({
      name: user,
      group: "full",
      address: "",
      "last-logged-in": world.stamp(),
      "inactivity-timeout": "10m",
      "inactivity-policy": "none",
      expired: "false",
      disabled: "false",
      ...(user === "admin" ? { comment: "system default user" } : {}),
      "~password": password,
    }),
  );
}

function oldLog(world: World): void {
  const table = world.table("/log");
  // Ids on a router that has been up for days have gone a long way.
  table.ids.next = 0x120 + Math.floor(share(world.seed, "log") * 0x400);
  for (const [ago, topics, message] of OLD_LOG) {
    addRow(table, fieldsOf({ time: stampOf(world.clock.wallMs() - ago * 1000), topics, message }));
  }
}

/** Wi-Fi clients and connections come back after a restart. */
function comeBack(world: World): void {
  const air = world.table("/interface/wifi/registration-table");
  air.rows.splice(0);
  for (const row of registrationRows(SSID)) addRow(air, fieldsOf({ ...row, "~joined": "0" }));
  for (const row of connectionRows(WAN_ADDRESS)) addRow(world.table("/ip/firewall/connection"), fieldsOf(row));
  settleAll(world);
}

/** Puts a router without configuration into an empty world. */
export function furnishBare(world: World, user: string, password: string): void {
  for (const sheet of [LINKS, NET, SYSTEM]) putPages(world, sheet, true);
  for (const { fields } of world.rows("/interface/wifi")) {
    for (const name of ["configuration", "configuration.mode"]) fields.delete(name);
  }
  firstUser(world, user, password);
  settleAll(world);
}

/** Puts the home set-up into an empty world. */
export function furnish(world: World, user: string, password: string): void {
  for (const sheet of [LINKS, NET, SYSTEM]) putPages(world, sheet, false);
  put(world, "/interface/wifi/registration-table", registrationRows(SSID));
  put(world, "/ip/dhcp-server/lease", leaseRows());
  put(world, "/ip/arp", arpRows());
  put(world, "/interface/bridge/host", hostRows(PORTS));
  put(world, "/ip/firewall/connection", connectionRows(WAN_ADDRESS));
  firstUser(world, user, password);
  settleAll(world);
  oldLog(world);
  world.onReboot(() => comeBack(world));
}
