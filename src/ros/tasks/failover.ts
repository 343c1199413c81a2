// /failover: two lines to the internet, the second in use while the first does not reach a
// host on the internet. Recursive routes with check-gateway.
// Facts: MikroTik manual, IP Routing (recursive next hops: scope, target-scope), Failover.

import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { word } from "../../base/text.ts";
import { hostKind } from "../../base/url.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { isOn, type RowsOf, survey } from "../rows.ts";
import { isListed } from "../rules.ts";
import { defaultRoutes, gatewayOf, outOf } from "../ways-out.ts";
import { adding, setting } from "./kit.ts";

const MENUS =
  "/ip/route /ip/dhcp-client /interface /interface/list /interface/list/member /ip/firewall/nat /ip/dns /interface/pppoe-client /interface/lte";
const MARK = "mikroclaw: failover";

interface Line {
  name: string;
  /** An address, or the interface itself where the line has no other. */
  gateway: string;
  client: RosRow | undefined;
  /** Default routes by hand over this line. */
  routes: readonly RosRow[];
}

/** A line by its interface, with the gateway that it has now. */
function lineOf(rows: RowsOf, name: string): Line | Fault {
  const own = rows("/interface").find((r) => r["name"] === name);
  if (own === undefined || isOn(own["disabled"]))
    return fault("missing", `There is no interface "${word(name)}" that is on.`, {
      next: "/interfaces shows them.",
    });
  const client = rows("/ip/dhcp-client").find((r) => r["interface"] === name && !isOn(r["disabled"]));
  const over = defaultRoutes(rows("/ip/route")).filter((r) => r["dst-address"] === "0.0.0.0/0" && outOf(r) === name);
  const routes = over.filter((r) => !isOn(r["dynamic"]));
  const isDialled = [...rows("/interface/pppoe-client"), ...rows("/interface/lte")].some((r) => r["name"] === name);
  const gateway = (client?.["gateway"] ?? "") || over.map(gatewayOf).find((g) => g !== "") || (isDialled ? name : "");
  if (gateway === "")
    return fault("conflict", `${word(name)} has no gateway now.`, {
      next: "Connect it first: DHCP lease, dialled connection or default route.",
    });
  return { name, gateway, client, routes };
}

const HOSTS = ["8.8.8.8", "8.8.4.4", "1.0.0.1", "149.112.112.112"];

/** A host to check each line by: reached over that line alone, so no DNS server, and none with a route already. */
function checksOf(rows: RowsOf, asked: string): readonly [string, string] | Fault {
  const given = asked.split(/[\s,]+/).filter((h) => h !== "");
  const dns = rows("/ip/dns")[0] ?? {};
  const taken = new Set([
    ...`${dns["servers"] ?? ""},${dns["dynamic-servers"] ?? ""}`.split(","),
    ...rows("/ip/route").map((r) => (r["dst-address"] ?? "").replace(/\/32$/, "")),
  ]);
  const bad = given.find((h) => hostKind(h) !== "ipv4" || taken.has(h));
  if (bad !== undefined)
    return fault(
      "input",
      `${word(bad)} cannot be the host to check by: it must be IPv4, no DNS server, not routed already.`,
    );
  const [first, second] = [...given, ...HOSTS.filter((h) => !taken.has(h) && !given.includes(h))];
  if (first === undefined || second === undefined || first === second)
    return fault("input", "Two different hosts are needed to check the lines by.", {
      next: "Such as check=8.8.8.8,8.8.4.4",
    });
  return [first, second];
}

/** The routes of one line: its host over it alone, and the internet over that host. */
function routesFor(line: Line, check: string, distance: string): string[] {
  const comment = `${MARK} ${line.name}`;
  return [
    adding("/ip/route", { "dst-address": `${check}/32`, gateway: line.gateway, scope: "10", comment }),
    adding("/ip/route", {
      "dst-address": "0.0.0.0/0",
      gateway: check,
      "target-scope": "11",
      "check-gateway": "ping",
      distance,
      comment,
    }),
  ];
}

/** What the old default routes of a line become: out of the way. */
function retire(line: Line): string[] {
  const { client } = line;
  const dhcp =
    client !== undefined && client["add-default-route"] !== "no"
      ? [setting("/ip/dhcp-client", client, { "add-default-route": "no" })]
      : [];
  return [...dhcp, ...line.routes.map((r) => setting("/ip/route", r, { disabled: "yes" }))];
}

/** Address translation and the list WAN for a line that lacks them. */
function coverFor(rows: RowsOf, line: Line): string[] {
  const lists = { lists: rows("/interface/list"), members: rows("/interface/list/member") };
  const rules = rows("/ip/firewall/nat").filter(
    (r) => r["chain"] === "srcnat" && !isOn(r["disabled"]) && /masquerade|src-nat/.test(r["action"] ?? ""),
  );
  const lans = rules.filter((r) => (r["out-interface-list"] ?? "") !== "" && !r["out-interface-list"]?.startsWith("!"));
  const covers = (r: RosRow): boolean =>
    r["out-interface"] === line.name ||
    isListed(lists, r["out-interface-list"] ?? "", line.name) ||
    ((r["out-interface"] ?? "") === "" && (r["out-interface-list"] ?? "") === "");
  const hasWan = lists.lists.some((l) => l["name"] === "WAN");
  const commands: string[] = [];
  const joins = hasWan && !isListed(lists, "WAN", line.name);
  if (joins) commands.push(adding("/interface/list/member", { list: "WAN", interface: line.name, comment: MARK }));
  const byList = joins && lans.some((r) => r["out-interface-list"] === "WAN");
  if (!byList && !rules.some(covers))
    commands.push(
      adding("/ip/firewall/nat", { chain: "srcnat", action: "masquerade", "out-interface": line.name, comment: MARK }),
    );
  return commands;
}

function stateText(rows: RowsOf, gaps: readonly string[]): string {
  const lines = defaultRoutes(rows("/ip/route")).map((r) => {
    const state = isOn(r["active"]) ? "in use" : isOn(r["disabled"]) ? "off" : "waiting or down";
    const check = (r["check-gateway"] ?? "none") === "none" ? "" : `, checked by ${word(r["check-gateway"])}`;
    return `${word(r["gateway"])} (${word(outOf(r)) || "way not known"}): ${state}, distance ${word(r["distance"])}${check}`;
  });
  const is = rows("/ip/route").some((r) => (r["comment"] ?? "").startsWith(MARK));
  const head = is ? "Failover is set up:" : "Failover is not set up by this program. Ways to the internet now:";
  return [head, ...(lines.length === 0 ? ["none"] : lines), ...gaps].join("\n");
}

async function answer(s: Scope, kit: ToolKit, args: Record<"first" | "second" | "check", string>): Wait<TaskAnswer> {
  const x = survey(kit.router);
  const rows = await x.all(s, MENUS.split(" "));
  if (isFault(rows)) return rows;
  const gaps = x.gaps();
  if (args.first === "" && args.second === "") return { text: stateText(rows, gaps) };
  if (args.first === args.second || args.first === "" || args.second === "")
    return fault("input", "Two different interfaces are needed.", { next: "Such as /failover ether1 lte1" });
  if (rows("/ip/route").some((r) => (r["comment"] ?? "").startsWith(MARK)))
    return fault("conflict", "Failover is set up already.", {
      next: "Take it back with /undo first, or change its routes.",
    });
  const first = lineOf(rows, args.first);
  if (isFault(first)) return first;
  const second = lineOf(rows, args.second);
  if (isFault(second)) return second;
  if (first.gateway === second.gateway)
    return fault(
      "conflict",
      `Both lines have the same gateway address, ${word(first.gateway)}, so they cannot be told apart.`,
      {
        next: "Give one of the two modems another network.",
      },
    );
  const checks = checksOf(rows, args.check);
  if (isFault(checks)) return checks;
  const lines = [first, second];
  const commands = [
    ...lines.flatMap((l) => coverFor(rows, l)),
    ...routesFor(first, checks[0], "1"),
    ...routesFor(second, checks[1], "2"),
    ...lines.flatMap(retire),
  ];
  const moving = lines.filter((l) => l.client !== undefined).map((l) => word(l.name));
  const text = [
    `All would go over ${word(first.name)} while ${checks[0]} answers there, else over ${word(second.name)}, and back by itself. The switch takes about 20 seconds and breaks calls and downloads.`,
    `${checks[0]} is then reached over ${word(first.name)} only, ${checks[1]} over ${word(second.name)} only.`,
    ...(moving.length === 0
      ? []
      : [
          `The gateway of ${moving.join(" and ")} comes by DHCP: if it changes, that line is down until this is set up anew.`,
        ]),
    "Only IPv4.",
    ...gaps,
  ];
  return { commands, text: text.join("\n") };
}

/** `/failover` */
export const failover: Task<"first" | "second" | "check"> = {
  name: "failover",
  purpose: "a second line to the internet that takes over when the first is down",
  args: {
    first: "interface of the usual line; without lines the state is shown",
    second: "interface of the spare line",
    check: "a host for each line that is pinged to know whether it works, such as 8.8.8.8,8.8.4.4",
  },
  needs: [],
  effect: "propose",
  run: answer,
};
