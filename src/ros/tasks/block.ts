// /block: a device gets nothing through the router any more, always or at certain times.
// Facts: MikroTik manual, Filter (src-mac-address, time), FastTrack: what is fasttracked
// already passes no rule.

import { fault, isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type Named, oneDevice } from "../devices.ts";
import { isOn } from "../rows.ts";
import { same } from "../where.ts";
import { firstOf } from "./firewall.ts";
import { adding, doing, reading } from "./kit.ts";
import { sameTime, timesOf } from "./schedule.ts";

const FILTERS = ["/ip/firewall/filter", "/ipv6/firewall/filter"] as const;

/** The rules that keep a device from passing. */
export function blocksOf(rules: readonly RosRow[], mac: string): readonly RosRow[] {
  return rules.filter(
    (row) =>
      row["chain"] === "forward" &&
      row["action"] === "drop" &&
      !isOn(row["dynamic"]) &&
      same(row["src-mac-address"] ?? "", mac),
  );
}

/** True when these rules block at these times already. */
function isDone(rules: readonly RosRow[], times: readonly string[]): boolean {
  const used = rules.filter((row) => !isOn(row["disabled"])).map((row) => row["time"] ?? "");
  const wanted = times.length === 0 ? [""] : times;
  return used.length === wanted.length && wanted.every((time) => used.some((u) => sameTime(u, time)));
}

async function blocked(s: Scope, kit: ToolKit, device: Named, times: readonly string[]): Wait<TaskAnswer> {
  const look = await reading(s, kit, [...FILTERS, "/ipv6/address", "/user/active"]);
  if (isFault(look)) return look;
  if (look("/user/active").some((row) => row["address"] === device.ip && device.ip !== ""))
    return fault("denied", `Somebody manages the router from ${device.label} right now: it is not blocked.`);
  // Without an address of the internet's there is no way past IPv4.
  const has6 = look("/ipv6/address").some((row) => !/^f[ed]/i.test(row["address"] ?? "f") && !isOn(row["disabled"]));
  const menus: readonly string[] = has6 ? FILTERS : FILTERS.slice(0, 1);
  if (menus.every((menu) => isDone(blocksOf(look(menu), device.mac), times)))
    return { text: `${device.label} is blocked like this already. /unblock takes it back.` };
  const all = times.length === 0 ? [undefined] : times;
  const comment = `block ${device.name || device.mac}`;
  const rule = { chain: "forward", action: "drop", "src-mac-address": device.mac };
  const commands = FILTERS.flatMap((menu) => {
    const old = blocksOf(look(menu), device.mac);
    const before = firstOf(
      look(menu).filter((row) => !old.includes(row)),
      "forward",
    );
    const added = menus.includes(menu)
      ? all.map((time) => adding(menu, { ...rule, time, comment, "place-before": before }))
      : [];
    return old.length === 0 ? added : [...added, doing(menu, "remove", ...old)];
  });
  const when = times.length === 0 ? "" : ` at these times (by the router's clock): ${times.join(" and ")}`;
  return {
    commands,
    text: `${device.label} would get nothing through the router${when}; inside the home network it still reaches others. Connections that are open already may go on until they end, and a device that changes its MAC address is not stopped. /unblock takes it back.`,
  };
}

/** `/block` */
export const block: Task<"device" | "hours" | "days"> = {
  name: "block",
  purpose: "keep a device from the internet, always or at certain times",
  args: {
    device: "name, address or MAC",
    hours: "from-to, such as 21:00-07:00; always when left out",
    days: "such as mon-fri or sat,sun; every day when left out",
  },
  needs: ["device"],
  effect: "propose",
  async run(s, kit, { device: asked, hours, days }) {
    const times = timesOf(hours, days);
    if (isFault(times)) return times;
    const device = await oneDevice(s, kit.router, asked, "block");
    return isFault(device) || "text" in device ? device : blocked(s, kit, device, times);
  },
};
