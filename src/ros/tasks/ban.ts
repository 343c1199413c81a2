// /ban: who tries passwords on the router from the internet is shut out for a time; the list
// entries run out by themselves. Sources are counted in the log, whose lines hold names that
// strangers chose: only the address behind the last "from" counts.
// Facts: MikroTik manual, Address lists (timeout), Filter: Raw; log lines of topic critical.

import { fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { ipv4Bytes } from "../../base/ip.ts";
import { REST_ROWS_MAX } from "../../base/limits.ts";
import { BAN_TIME_MS_MIN, BAN_TRIES_MIN, BANNED_AT_ONCE_MAX } from "../../base/limits-plans.ts";
import type { Scope } from "../../base/scope.ts";
import { count, word } from "../../base/text.ts";
import { formatDuration, parseRosDuration } from "../../base/time.ts";
import { isPrivateAddress } from "../../base/url.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { isOn, type RowsOf } from "../rows.ts";
import { isWithin } from "../where.ts";
import { bySide, WAN_MENUS, wayOut } from "./firewall.ts";
import { adding, reading } from "./kit.ts";

const LISTS = "/ip/firewall/address-list";
const RAW = "/ip/firewall/raw";
const LIST = "blocked";
const MENUS = [LISTS, RAW, "/ip/address", "/user/active", ...WAN_MENUS];

/** Failed logins by address and service, most first. */
function failures(log: readonly RosRow[]): ReadonlyArray<readonly [address: string, tries: number, via: string]> {
  const found = new Map<string, { tries: number; via: Set<string> }>();
  for (const row of log.filter((line) => /\bcritical\b/.test(line["topics"] ?? ""))) {
    const [, address = "", via = ""] =
      /^login failure for user [\s\S]* from ([0-9.]+) via ([a-z-]+)$/.exec(row["message"] ?? "") ?? [];
    if (ipv4Bytes(address) === null) continue;
    const seen = found.get(address) ?? { tries: 0, via: new Set<string>() };
    seen.tries += 1;
    seen.via.add(via);
    found.set(address, seen);
  }
  return [...found]
    .map(([address, { tries, via }]) => [address, tries, [...via].join(", ")] as const)
    .sort((a, b) => b[1] - a[1]);
}

/** Why an address must not be shut out; "" when it may. */
function spared(look: RowsOf, address: string): string {
  if (ipv4Bytes(address) === null) return "is no IPv4 address";
  if (isPrivateAddress(address)) return "is an address of a home network, not of the internet";
  if (look("/ip/address").some((row) => isWithin(address, row["address"] ?? "")))
    return "belongs to one of the router's own networks";
  if (look("/user/active").some((row) => row["address"] === address))
    return "is where somebody manages the router from right now";
  if (look("/ip/route").some((row) => (row["gateway"] ?? "").split("%")[0] === address))
    return "is a gateway of this router";
  return "";
}

const isBanned = (look: RowsOf, address: string): boolean =>
  look(LISTS).some((row) => row["list"] === LIST && row["address"] === address && !isOn(row["disabled"]));

/** The raw rule that the list works by, where there is none yet. */
function ruleOf(look: RowsOf): Outcome<readonly string[]> {
  const works = look(RAW).some(
    (row) => row["src-address-list"] === LIST && row["action"] === "drop" && !isOn(row["disabled"]),
  );
  if (works) return [];
  const wan = wayOut(look);
  if (isFault(wan)) return wan;
  const rule = { chain: "prerouting", action: "drop", ...bySide(wan, "in"), "src-address-list": LIST };
  return [adding(RAW, { ...rule, comment: "drop who tried passwords" })];
}

/** Who is to be shut out, with why; a fault or words when nobody is. */
async function sources(
  s: Scope,
  kit: ToolKit,
  look: RowsOf,
  address: string,
): Wait<ReadonlyMap<string, string> | string> {
  if (address !== "") {
    const why = spared(look, address);
    if (why !== "") return fault("denied", `${word(address)} ${why}: it is not shut out.`);
    return isBanned(look, address) ? `${address} is shut out already.` : new Map([[address, "as asked"]]);
  }
  const log = await kit.router.print(s, "/log", {}, REST_ROWS_MAX);
  if (isFault(log)) return log;
  const many = failures(log).filter(([from, tries]) => tries >= BAN_TRIES_MIN && spared(look, from) === "");
  if (many.length === 0) return `The log shows nobody on the internet with ${BAN_TRIES_MIN} failed logins or more.`;
  const fresh = many.filter(([from]) => !isBanned(look, from)).slice(0, BANNED_AT_ONCE_MAX);
  if (fresh.length === 0) return `All who failed ${BAN_TRIES_MIN} times or more are shut out already.`;
  return new Map(fresh.map(([from, tries, via]) => [from, `${count(tries, "failed login")} via ${via}`]));
}

async function banned(s: Scope, kit: ToolKit, address: string, lasting: string): Wait<TaskAnswer> {
  const ms = parseRosDuration(lasting);
  if (isFault(ms) || ms < BAN_TIME_MS_MIN) return fault("input", `${word(lasting)} is no time: write 1d, 12h or 30m.`);
  const look = await reading(s, kit, MENUS);
  if (isFault(look)) return look;
  const who = await sources(s, kit, look, address);
  if (isFault(who)) return who;
  if (typeof who === "string") return { text: `${who} Nothing to do.` };
  const rule = ruleOf(look);
  if (isFault(rule)) return rule;
  const entries = [...who].map(([from, why]) =>
    adding(LISTS, { list: LIST, address: from, timeout: lasting, comment: why }),
  );
  const lines = [...who].map(([from, why]) => `${from}: ${why}`);
  return {
    commands: [...entries, ...rule],
    text: `Shut out from the router and all behind it for ${formatDuration(ms)}, or until a restart:\n${lines.join("\n")}\nWhoever can be tried from the internet is better closed: /security`,
  };
}

/** `/ban` */
export const ban: Task<"address" | "time"> = {
  name: "ban",
  purpose: "shut out for a time who tries passwords from the internet",
  args: { address: "of the attacker; those in the log when left out", time: "such as 12h; 1d when left out" },
  needs: [],
  effect: "propose",
  run: (s, kit, { address, time }) => banned(s, kit, address, time || "1d"),
};
