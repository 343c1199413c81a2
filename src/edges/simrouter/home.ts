// Furnishes a new router: the simulated home, its first user, the log of its past, and
// what comes back by itself after a restart.

import { share } from "./chance.ts";
import { connectionRows, registrationRows } from "./home-lan.ts";
import { linkRows, SSID, wifiProfiles } from "./home-links.ts";
import { netRows, netSingles, WAN_ADDRESS } from "./home-net.ts";
import { OLD_LOG, systemRows, systemSingles } from "./home-system.ts";
import { settleAll } from "./links.ts";
import { addRow, fieldsOf } from "./rows.ts";
import { stampOf, type World } from "./world.ts";

type Rows = Array<Record<string, string>>;

function put(world: World, menus: ReadonlyArray<readonly [string, Rows]>): void {
  for (const [menu, rows] of menus) {
    for (const row of rows) addRow(world.table(menu), fieldsOf(row));
  }
}

function putSingles(world: World, menus: ReadonlyArray<readonly [string, Record<string, string>]>): void {
  for (const [menu, fields] of menus) {
    for (const [name, value] of Object.entries(fields)) world.single(menu).set(name, value);
  }
}

function firstUser(world: World, user: string, password: string): void {
  addRow(world.table("/user"), fieldsOf({
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
  }));
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

/** Puts the home set-up into an empty world. */
export function furnish(world: World, user: string, password: string): void {
  put(world, linkRows());
  put(world, wifiProfiles());
  put(world, [["/interface/wifi/registration-table", registrationRows(SSID)]]);
  put(world, netRows());
  put(world, systemRows());
  putSingles(world, netSingles());
  putSingles(world, systemSingles());
  firstUser(world, user, password);
  settleAll(world);
  oldLog(world);
  world.onReboot(() => comeBack(world));
}
