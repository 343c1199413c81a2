// Live facts of the router for the system prompt, bounded and marked as data line by
// line. Each read may fail by itself; what it would have said is left out.
// Facts: MikroTik manual, pages of the menus named below.

import { isFault, type Wait } from "../base/fault.ts";
import { FACTS_BYTES_MAX, FACTS_LINES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { cutBytes, oneLine, printable } from "../base/text.ts";
import { isLoopback, type Url } from "../base/url.ts";
import type { RosRow, RouterFacts } from "../port/router.ts";
import { notRest } from "./errors.ts";
import type { Fence } from "./fence.ts";
import type { Masker } from "./mask.ts";
import type { Rest } from "./rest.ts";

/** What the simulated router calls its board; only believed on loopback. */
const SIMULATED_BOARD = "MikroClaw simulated router";

interface Asking {
  rest: Rest;
  masker: Masker;
  fence: Fence;
}

/** Who the router is; a fault where something else answers. `at` is where it is reached. */
export async function readFacts(s: Scope, rest: Rest, at: Url): Wait<RouterFacts> {
  const query = { ".proplist": "board-name,version,uptime" };
  const resource = await rest.rows(s, { method: "GET", path: "/system/resource", query });
  if (isFault(resource) && resource.code !== "not_rows") return resource;
  const [row = {}, more] = isFault(resource) ? [] : resource;
  // Right after a start a path may answer with another's data, and other web servers with anything.
  if (more !== undefined || !/^\d+\.\d/.test(row["version"] ?? "")) return notRest(`${at.host}:${at.port}`);
  const identity = await rest.rows(s, { method: "GET", path: "/system/identity" });
  if (isFault(identity)) return identity;
  const board = clean(row["board-name"] ?? "");
  return {
    identity: clean(identity[0]?.["name"] ?? ""),
    version: clean(row["version"] ?? ""),
    board,
    uptime: clean(row["uptime"] ?? ""),
    simulated: isLoopback(at.host) && board === SIMULATED_BOARD,
  };
}

const clean = (value: string | undefined): string => oneLine(printable(value ?? ""), 64);

async function rowsOf(
  s: Scope,
  a: Asking,
  menu: string,
  props: string,
  where: Readonly<Record<string, string>> = {},
): Promise<readonly RosRow[] | null> {
  if (a.fence.menu(menu) !== null) return null;
  const rows = await a.rest.rows(s, { method: "GET", path: menu, query: { ...where, ".proplist": props } });
  return isFault(rows) ? null : rows.map((row) => a.masker.row(menu, row));
}

/** A section: its title and a line per row; nothing for rows that could not be read. */
function section(title: string, rows: readonly RosRow[] | null, line: (row: RosRow) => string): string[] {
  if (rows === null) return [];
  const lines = rows.slice(0, FACTS_LINES_MAX).map((row) => `  ${clean(line(row).replace(/\s+/g, " ").trim())}`);
  const more = rows.length > FACTS_LINES_MAX ? [`  (${rows.length - FACTS_LINES_MAX} more)`] : [];
  return [`${title} (${rows.length}):`, ...lines, ...more];
}

const state = (row: RosRow): string => {
  if (row["disabled"] === "true") return "disabled";
  return row["running"] === "true" ? "up" : "down";
};

async function interfaces(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/interface", "name,type,running,disabled,comment");
  return section("interfaces", rows, (r) => `${r["name"] ?? ""} ${r["type"] ?? ""} ${state(r)} ${r["comment"] ?? ""}`);
}

async function addresses(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/ip/address", "address,interface,disabled,dynamic");
  const live = rows?.filter((r) => r["disabled"] !== "true") ?? null;
  return section("addresses", live, (r) => `${r["address"] ?? ""} on ${r["interface"] ?? ""}`);
}

async function routes(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/ip/route", "dst-address,gateway,distance,active", { "dst-address": "0.0.0.0/0" });
  return section(
    "default routes",
    rows,
    (r) =>
      `via ${r["gateway"] ?? ""} distance ${r["distance"] ?? ""} ${r["active"] === "true" ? "active" : "inactive"}`,
  );
}

async function leases(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/ip/dhcp-server/lease", "address,mac-address,host-name,comment,status");
  const bound = rows?.filter((r) => r["status"] === "bound") ?? null;
  return section(
    "DHCP leases in use",
    bound,
    (r) => `${r["address"] ?? ""} ${r["host-name"] ?? ""} ${r["comment"] ?? ""}`,
  );
}

/** SSIDs stand at the interface or in the configuration that it names. */
async function wifi(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/interface/wifi", "name,configuration,configuration.ssid,running,disabled");
  if (rows === null) return [];
  const named = rows.some((r) => r["configuration.ssid"] === undefined && r["configuration"] !== undefined);
  const profiles = named ? ((await rowsOf(s, a, "/interface/wifi/configuration", "name,ssid")) ?? []) : [];
  const ssid = (r: RosRow): string =>
    r["configuration.ssid"] ?? profiles.find((p) => p["name"] === r["configuration"])?.["ssid"] ?? "(none)";
  return section("wifi", rows, (r) => `${r["name"] ?? ""} SSID ${ssid(r)} ${state(r)}`);
}

async function dns(s: Scope, a: Asking): Promise<string[]> {
  const rows = await rowsOf(s, a, "/ip/dns", "servers,dynamic-servers,use-doh-server");
  const row = rows?.[0];
  if (row === undefined) return [];
  const doh = (row["use-doh-server"] ?? "") === "" ? "" : ` DoH ${clean(row["use-doh-server"])}`;
  return [`DNS: ${clean(row["servers"])} ${clean(row["dynamic-servers"])}${doh}`.replace(/ +/g, " ").trim()];
}

/** The snapshot's text. Lines begin with "| ": they are data, whatever they say. */
export async function snapshotText(s: Scope, a: Asking, facts: RouterFacts): Promise<string> {
  const { identity, version, board, uptime } = facts;
  const lines = [`identity: ${identity}`, `RouterOS: ${version}`, `board: ${board}`, `uptime: ${uptime}`];
  // One connection, one request in flight: together they take as long as one after another.
  for (const part of [interfaces, addresses, routes, dns, wifi, leases]) {
    if (s.stopped !== null) break;
    lines.push(...(await part(s, a)));
  }
  return cutBytes(lines.map((l) => `| ${l}`).join("\n"), FACTS_BYTES_MAX, "\n| (cut)");
}
