// Wi-Fi channels: what the radios do now, what is wrong with that, a scan when it is asked
// for, and a plan for another channel. Both Wi-Fi menus.
// Facts: MikroTik manual, WiFi, Wireless (scan leaves the channel), DFS; 2.4 GHz has three
// channels that do not overlap.

import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, nearest, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { AIR_MENUS, channelOf, megahertzOf, signalOf } from "../radio.ts";
import { isOn, type Survey, survey } from "../rows.ts";
import { quoted } from "../undo-script.ts";
import { setting } from "./kit.ts";

interface Radio {
  menu: string;
  row: RosRow;
  name: string;
  /** "" when it is not known. */
  state: string;
  mhz: number | null;
  /** More than 20 MHz wide; null: not known. */
  wide: boolean | null;
  clients: readonly RosRow[];
}

const APART = [1, 6, 11] as const;

/** What the new menu's monitor says as "2437/ax/Ce", the old one's as "2437/20-Ce/gn(28dBm)". */
function widthOf(channel: string): boolean | null {
  const parts = channel.split("/").slice(1);
  return parts.length === 0 ? null : parts.some((p) => /^(20-)?[Ce]{2,}$|^X{2,}$|^\d+mhz-X/i.test(p));
}

async function radioOf(s: Scope, x: Survey, menu: string, row: RosRow, clients: readonly RosRow[]): Wait<Radio> {
  const name = row["name"] ?? "";
  const seen = isOn(row["disabled"]) ? null : await x.look(s, `${menu}/monitor ${quoted(name)} once`);
  if (isFault(seen)) return seen;
  const now = seen?.[0] ?? {};
  const channel = now["channel"] ?? row["channel.frequency"] ?? row["frequency"] ?? "";
  const state = isOn(row["disabled"]) ? "disabled" : (now["state"] ?? now["status"] ?? "");
  const own = clients.filter((c) => c["interface"] === name);
  return { menu, row, name, state, mhz: megahertzOf(channel), wide: widthOf(channel), clients: own };
}

/** The radios themselves; networks beside the first one of a radio share its channel. */
async function readRadios(s: Scope, x: Survey): Wait<readonly Radio[]> {
  const radios: Radio[] = [];
  for (const menu of AIR_MENUS) {
    const rows = await x.rows(s, menu);
    if (isFault(rows)) return rows;
    if (rows.length === 0) continue;
    const clients = await x.rows(s, `${menu}/registration-table`);
    if (isFault(clients)) return clients;
    for (const row of rows.filter(
      (r) => (r["master-interface"] ?? "none") === "none" || r["master-interface"] === "",
    )) {
      const radio = await radioOf(s, x, menu, row, clients);
      if (isFault(radio)) return radio;
      radios.push(radio);
    }
  }
  return radios;
}

const isDfs = (mhz: number): boolean => mhz >= 5250 && mhz <= 5730;

function adviceOf(r: Radio, all: readonly Radio[]): string[] {
  const advice: string[] = [];
  const { mhz } = r;
  const name = word(r.name);
  if (mhz === null || r.state === "disabled") return advice;
  const channel = channelOf(mhz);
  if (mhz < 2500) {
    const best = APART.reduce((a, b) => (Math.abs(b - channel) < Math.abs(a - channel) ? b : a));
    if (!APART.some((c) => c === channel))
      advice.push(`${name} is on channel ${channel}, between 1, 6 and 11: /channel ${name} channel=${best}`);
    if (r.wide === true)
      advice.push(`${name} is wider than 20 MHz, which disturbs and is disturbed: /channel ${name} channel=${best}`);
    const fast = all.some((other) => (other.mhz ?? 0) > 5000 && other.state !== "disabled");
    const near = r.clients.filter((c) => (signalOf(c["signal"] ?? c["signal-strength"]) ?? -99) > -60);
    if (fast && near.length > 0)
      advice.push(`${count(near.length, "device")} near the router use 2.4 GHz; 5 GHz would be faster.`);
  }
  if (isDfs(mhz))
    advice.push(
      `${name} is on a radar channel (${channel}): it is silent for one to ten minutes after each start, and moves away from radar. 36 to 48 are not.`,
    );
  const twin = all.find(
    (o) => o !== r && o.name < r.name && o.state !== "disabled" && o.mhz !== null && Math.abs(o.mhz - mhz) < 20,
  );
  if (twin !== undefined)
    advice.push(`${name} and ${word(twin.name)} are on the same channel: give one of them another.`);
  const weak = r.clients.filter((c) => (signalOf(c["signal"] ?? c["signal-strength"]) ?? 0) < -75);
  if (weak.length > 0)
    advice.push(
      `${weak.length} of ${count(r.clients.length, "client")} of ${name} are weak: a nearer access point would help, no channel does.`,
    );
  return advice;
}

function radioLine(r: Radio): string {
  const where =
    r.mhz === null
      ? "channel not known"
      : `channel ${channelOf(r.mhz)} (${r.mhz} MHz${r.wide === true ? ", wide" : ""})`;
  const state = r.state === "" || r.state === "running" ? "" : `, ${word(r.state)}`;
  return `${word(r.name)}: ${where}${state}, ${count(r.clients.length, "client")}`;
}

function oneRadio(radios: readonly Radio[], asked: string): Radio | Fault {
  const found = radios.find((r) => r.name === asked);
  if (found !== undefined) return found;
  const near = nearest(
    asked.slice(0, 64),
    radios.map((r) => r.name),
  )[0];
  const next =
    near === undefined ? `There are: ${radios.map((r) => word(r.name)).join(", ")}.` : `Did you mean ${word(near)}?`;
  return fault("missing", `There is no radio "${word(asked)}".`, { next });
}

/** Channels of home networks that an owner may choose by hand, in MHz (IEEE 802.11). */
function frequencyOf(r: Radio, text: string): number | Fault {
  const n = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  const isLow = (r.mhz ?? (/^2/.test(r.row["channel.band"] ?? r.row["band"] ?? "") ? 2400 : 5000)) < 2500;
  if (isLow && n >= 1 && n <= 13) return 2407 + 5 * n;
  if (!isLow && ((n >= 36 && n <= 144 && n % 4 === 0) || (n >= 149 && n <= 177 && n % 4 === 1))) return 5000 + 5 * n;
  return fault("input", `"${word(text)}" is no channel of ${word(r.name)}.`, {
    next: isLow ? "On 2.4 GHz take 1, 6 or 11." : "On 5 GHz take 36, 40, 44 or 48.",
  });
}

function moved(r: Radio, text: string): TaskAnswer | Fault {
  const mhz = frequencyOf(r, text);
  if (isFault(mhz)) return mhz;
  const isOld = r.menu === "/interface/wireless";
  const wide = mhz < 2500 ? "20mhz" : undefined;
  const fields = isOld
    ? { frequency: String(mhz), "channel-width": wide }
    : { "channel.frequency": String(mhz), "channel.width": wide };
  const wait = isDfs(mhz) ? " Radar channel: the radio is silent for a minute or more first." : "";
  const text2 = `${word(r.name)} would move to channel ${channelOf(mhz)}${wide === undefined ? "" : ", 20 MHz wide"}. Its ${count(r.clients.length, "client")} lose the connection for some seconds.${wait} The country decides which channels are allowed.`;
  return { commands: [setting(r.menu, r.row, fields)], text: text2 };
}

function scanned(r: Radio): TaskAnswer {
  const text = `${word(r.name)} would listen on all channels for 10 seconds; its ${count(r.clients.length, "client")} lose the connection meanwhile, perhaps you too. Then choose ${(r.mhz ?? 0) < 2500 ? "1, 6 or 11" : "the channel"} with the fewest and weakest networks.`;
  return { commands: [`${r.menu}/scan ${quoted(r.name)} duration=10s`], text };
}

async function told(radios: readonly Radio[], x: Survey): Promise<TaskAnswer> {
  const none = AIR_MENUS.some(x.isUnread) ? "No Wi-Fi can be read here." : "This router has no Wi-Fi.";
  if (radios.length === 0) return { text: [none, ...x.gaps()].join("\n") };
  const advice = radios.flatMap((r) => adviceOf(r, radios));
  const scan = `Who else is on the air is not known without a scan, which interrupts the radio's clients: /channel ${word(radios[0]?.name)} scan=yes`;
  const lines = advice.length === 0 ? ["Nothing is wrong with these channels as such."] : advice;
  return { text: [...radios.slice(0, COMMAND_ROWS_MAX).map(radioLine), "", ...lines, scan, ...x.gaps()].join("\n") };
}

async function answer(s: Scope, kit: ToolKit, args: Record<"radio" | "channel" | "scan", string>): Wait<TaskAnswer> {
  const x = survey(kit.router);
  const radios = await readRadios(s, x);
  if (isFault(radios)) return radios;
  if (args.radio === "" || radios.length === 0) return told(radios, x);
  const radio = oneRadio(radios, args.radio);
  if (isFault(radio)) return radio;
  if (args.channel !== "") return moved(radio, args.channel);
  return /^(yes|true)$/i.test(args.scan) ? scanned(radio) : told([radio], x);
}

/** `/channel` */
export const channel: Task<"radio" | "channel" | "scan"> = {
  name: "channel",
  purpose: "Wi-Fi channels: advice, a scan of the air, or another channel for a radio",
  args: {
    radio: "name of the radio, such as wifi1; all when left out",
    channel: "the channel that it is to take, such as 6 or 36",
    scan: '"yes" listens who else is on the air; the radio\'s clients lose their connection for 10 seconds',
  },
  needs: [],
  effect: "propose",
  run: answer,
};
