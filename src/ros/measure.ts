// What a change did, beyond its rows: a ping of the gateway, a name looked up, the packets that
// a rule has met. A few reads of bounded time; what cannot be measured is said, and never
// holds a change up. Facts: MikroTik manual, REST API (ping, execute); counters of the firewall.

import { isFault } from "../base/fault.ts";
import { MEASURE_MS, MEASURE_PINGS } from "../base/limits-changes.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { hostKind } from "../base/url.ts";
import type { Rest } from "./rest.ts";
import type { Done } from "./step.ts";
import { isSet } from "./where.ts";

export interface Measuring {
  rest: Rest;
  /** Hosts that this program talks to: one of them is looked up after a change of DNS. */
  hosts: readonly string[];
}

const WAYS = /^\/(interface(\/.*)?|ip(v6)?\/(address|route|dhcp-client|settings|firewall\/nat)|routing\/.*)$/;
const RULES = /^\/ip(v6)?\/firewall\/(filter|nat|mangle|raw)$/;

/** The gateway of the way out; "" when there is none. */
async function gatewayOf(s: Scope, { rest }: Measuring): Promise<string> {
  const query = { "dst-address": "0.0.0.0/0", ".proplist": "gateway,immediate-gw,active" };
  const rows = await rest.rows(s, { method: "GET", path: "/ip/route", query });
  if (isFault(rows)) return "";
  const row = rows.find((r) => r["active"] === "true");
  const found = [row?.["gateway"], row?.["immediate-gw"]].map((gw) => (gw ?? "").replace(/%.*$/, ""));
  return found.find((gw) => hostKind(gw) !== "name") ?? "";
}

async function pinged(s: Scope, m: Measuring): Promise<string> {
  const address = await gatewayOf(s, m);
  if (address === "") return "Measured: there is no active way to the internet now.";
  const body = { address, count: String(MEASURE_PINGS), interval: "500ms" };
  const rows = await m.rest.rows(s, { method: "POST", path: "/tool/ping", body, reads: true });
  if (isFault(rows)) return `A ping of the gateway ${address} could not be made.`;
  const answered = rows.filter((r) => (r["time"] ?? "") !== "").length;
  return `Measured: the gateway ${address} answers ${answered} of ${rows.length} pings.`;
}

/** Looks a name up on the router; "" for what is no plain name. */
async function lookedUp(s: Scope, { rest }: Measuring, name: string): Promise<string> {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) || hostKind(name) !== "name") return "";
  const body = { script: `:put [:resolve "${name}"]`, "as-string": "" };
  const rows = await rest.rows(s, { method: "POST", path: "/execute", body, reads: true });
  if (isFault(rows)) return `The name ${name} could not be looked up.`;
  const said = (rows[0]?.["ret"] ?? "").trim();
  return `Measured: ${name} ${/^[0-9a-f.:]+$/i.test(said) ? `is ${said}` : "has no address"} here now.`;
}

/** The packets that the rules met, those that can meet any. */
async function counted(s: Scope, { rest }: Measuring, rules: readonly Done[]): Promise<string> {
  let packets = 0;
  for (const { step, id } of rules) {
    const at = { path: `${step.menu}/${id ?? ""}`, query: { ".proplist": "packets" } };
    const rows = await rest.rows(s, { method: "GET", ...at });
    const seen = isFault(rows) ? undefined : rows[0]?.["packets"];
    if (seen === undefined) return "";
    packets += Number(seen);
  }
  const of = rules.length === 1 ? "the rule has" : "these rules have";
  return `Measured: ${of} met ${packets === 0 ? "no packet yet" : `${packets} packets so far`}.`;
}

const isNew = ({ step, id }: Done): boolean =>
  RULES.test(step.menu) && step.kind === "add" && id !== null && !isSet(step.after?.["disabled"] ?? undefined);

/** What was measured of a change that is done, in sentences; "" when there is nothing to measure. */
export async function measured(s: Scope, m: Measuring, all: readonly Done[]): Promise<string> {
  const done = all.filter(({ step }) => Object.keys(step.after ?? { row: "" }).some((name) => name !== "comment"));
  const menus = done.map(({ step }) => step.menu);
  const names = done.flatMap(({ step }) =>
    step.menu === "/ip/dns/static" && step.kind !== "remove" ? [step.after?.["name"] ?? step.row?.["name"] ?? ""] : [],
  );
  const [outside = ""] = menus.includes("/ip/dns") ? m.hosts.filter((h) => hostKind(h) === "name") : [];
  const rules = done.filter(isNew);
  const says: string[] = [];
  const over = await withScope(s, MEASURE_MS, async (ms) => {
    for (const name of new Set([...names.slice(0, 1), outside]))
      says.push(name === "" ? "" : await lookedUp(ms, m, name));
    if (rules.length > 0) says.push(await counted(ms, m, rules));
    if (menus.some((menu) => WAYS.test(menu))) says.push(await pinged(ms, m));
    return undefined;
  });
  if (isFault(over)) says.push("Its effect could not be measured in time.");
  return says.filter((line) => line !== "").join(" ");
}
