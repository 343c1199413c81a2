// Rows that the agent keeps on the router while its gateway is open: rules that let the
// owner's networks in, and a scheduler entry that calls it. Found by their comment: what an
// earlier run left behind is taken over or away. Facts: MikroTik manual, Filter, Scheduler.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { parseRosDuration, rosDuration } from "../base/time.ts";
import type { RosRow } from "../port/router.ts";
import type { Rest } from "./rest.ts";

export interface OwnRowsDeps {
  readonly rest: Rest;
  readonly user: string;
  readonly port: number;
  readonly scheme: "http" | "https";
  /** Networks that may reach the gateway; null: no rules. */
  readonly subnets: readonly string[] | null;
  /** Null: no scheduler entry. */
  readonly beatMs: number | null;
}

export interface OwnRows {
  /** Brings the rows to what they should be; writes nothing when they are. */
  keep(s: Scope): Wait<void>;
  /** Takes them all away. */
  drop(s: Scope): Wait<void>;
}

const COMMENT = "mikroclaw gateway";
const FILTER = "/ip/firewall/filter";
const SCHEDULER = "/system/scheduler";
const DROPS = new Set(["drop", "reject", "tarpit"]);
const RULE_PROPS = ".id,chain,action,protocol,src-address,dst-address,dst-port,comment,disabled,dynamic";
const ENTRY_PROPS = ".id,name,interval,on-event,comment,disabled";

type Fields = Readonly<Record<string, string>>;

const isOurs = (row: RosRow): boolean => row["comment"] === COMMENT;

async function list(s: Scope, rest: Rest, menu: string, props: string): Wait<readonly RosRow[]> {
  return rest.rows(s, { method: "GET", path: menu, query: { ".proplist": props } });
}

/** The last fault, after all were tried. */
async function remove(s: Scope, rest: Rest, menu: string, rows: readonly RosRow[]): Wait<void> {
  let last: Fault | undefined;
  for (const row of rows) {
    const gone = await rest.call(s, { method: "DELETE", path: `${menu}/${row[".id"] ?? ""}` });
    if (isFault(gone) && gone.fault !== "missing") last = gone;
  }
  return last;
}

/** The address from which the router sees this program. */
async function ownAddress(s: Scope, { rest, user }: OwnRowsDeps): Wait<string> {
  const query = { name: user, via: "rest-api", ".proplist": "address" };
  const rows = await rest.rows(s, { method: "GET", path: "/user/active", query });
  if (isFault(rows)) return rows;
  const address = rows.findLast((row) => (row["address"] ?? "") !== "")?.["address"];
  return address ?? fault("missing", "The router does not say from which address this program comes.");
}

const fits = (row: RosRow, wanted: Fields): boolean =>
  row["disabled"] !== "true" && Object.entries(wanted).every(([name, value]) => row[name] === value);

async function keepRules(s: Scope, deps: OwnRowsDeps, address: string, subnets: readonly string[]): Wait<void> {
  const rows = await list(s, deps.rest, FILTER, RULE_PROPS);
  if (isFault(rows)) return rows;
  const wanted = subnets.map(
    (subnet): Fields => ({
      chain: "forward",
      action: "accept",
      protocol: "tcp",
      "src-address": subnet,
      "dst-address": address,
      "dst-port": String(deps.port),
      comment: COMMENT,
    }),
  );
  const drop = rows.find((r) => r["chain"] === "forward" && r["dynamic"] !== "true" && DROPS.has(r["action"] ?? ""));
  const before = drop === undefined ? rows : rows.slice(0, rows.indexOf(drop));
  const ours = rows.filter(isOurs);
  const isRight = ours.length === wanted.length && wanted.every((w) => before.some((row) => fits(row, w)));
  if (isRight) return undefined;
  const removed = await remove(s, deps.rest, FILTER, ours);
  if (isFault(removed)) return removed;
  const place = drop?.[".id"] === undefined ? {} : { "place-before": drop[".id"] };
  for (const body of wanted) {
    const added = await deps.rest.call(s, { method: "PUT", path: FILTER, body: { ...body, ...place } });
    if (isFault(added)) return added;
  }
  return undefined;
}

async function keepBeat(s: Scope, deps: OwnRowsDeps, address: string, everyMs: number): Wait<void> {
  const rows = await list(s, deps.rest, SCHEDULER, ENTRY_PROPS);
  if (isFault(rows)) return rows;
  const ours = rows.filter(isOurs);
  const at = `${deps.scheme}://${address.includes(":") ? `[${address}]` : address}:${deps.port}`;
  const wanted = { name: "mikroclaw-heartbeat", "on-event": `/tool/fetch url="${at}/health/heartbeat" output=none` };
  const [only, more] = ours;
  const isRight = more === undefined && only !== undefined && fits(only, wanted);
  if (isRight && parseRosDuration(only["interval"] ?? "") === everyMs) return undefined;
  const removed = await remove(s, deps.rest, SCHEDULER, ours);
  if (isFault(removed)) return removed;
  const body = { ...wanted, interval: rosDuration(everyMs), policy: "read,test", comment: COMMENT };
  const added = await deps.rest.call(s, { method: "PUT", path: SCHEDULER, body });
  return isFault(added) ? added : undefined;
}

/** Nothing is sent before the first `keep`. */
export function makeOwnRows(deps: OwnRowsDeps): OwnRows {
  const { rest, subnets, beatMs } = deps;
  const dropFrom = async (s: Scope, menu: string): Wait<void> => {
    const rows = await list(s, rest, menu, ".id,comment");
    return isFault(rows) ? rows : remove(s, rest, menu, rows.filter(isOurs));
  };
  return {
    async keep(s) {
      const address = await ownAddress(s, deps);
      if (isFault(address)) return address;
      const rules = subnets === null ? undefined : await keepRules(s, deps, address, subnets);
      const beat = beatMs === null ? undefined : await keepBeat(s, deps, address, beatMs);
      return rules ?? beat;
    },
    async drop(s) {
      const rules = subnets === null ? undefined : await dropFrom(s, FILTER);
      const beat = beatMs === null ? undefined : await dropFrom(s, SCHEDULER);
      return rules ?? beat;
    },
  };
}
