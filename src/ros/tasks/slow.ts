// Why is the internet slow: what was measured, judged, in order of likelihood, each with
// its next step. Facts: as slow-read.ts; the levels are rules of thumb of this program.

import { isFault } from "../../base/fault.ts";
import { SLOW_SHOWN_MAX } from "../../base/limits-tasks.ts";
import { count, word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task } from "../../port/task.ts";
import { findDevices } from "../devices.ts";
import { signalOf } from "../radio.ts";
import { type Echo, type Measured, measure } from "./slow-read.ts";

interface Finding {
  /** How likely it is the cause: 100 explains everything. */
  weight: number;
  what: string;
  next: string;
}

const at = (weight: number, what: string, next: string): Finding => ({ weight, what, next });

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const mbit = (bits: number): string => `${(bits / 1e6).toFixed(bits < 1e7 ? 1 : 0)} Mbit/s`;

const echoText = (e: Echo): string =>
  e.ms === null ? `${word(e.host)} does not answer` : `${word(e.host)} ${ms(e.ms)}, ${e.loss} % lost`;

function wayFindings(m: Measured): Finding[] {
  if (m.routes.length === 0 || m.wan === "") {
    const next = "See /wan: is the line connected?";
    return [at(100, "No default route is in use: nothing reaches the internet.", next)];
  }
  const found: Finding[] = [];
  const best = m.routes[0];
  const other = m.routes.find(
    (r) => r["active"] !== "true" && Number(r["distance"] ?? 1) < Number(best?.["distance"] ?? 1),
  );
  if (other !== undefined)
    found.push(
      at(75, `The better line (${word(other["gateway"])}) is down; all goes over the spare one.`, "See /wan."),
    );
  const { gateway, far } = m;
  const answers = far.filter((e) => e.ms !== null);
  if (gateway !== null && gateway.ms !== null && (gateway.loss > 0 || gateway.ms > 30)) {
    const next = `Check the cable at ${word(m.port)}, restart the modem; then call the provider.`;
    found.push(at(gateway.loss >= 25 ? 90 : 70, `The first hop is bad already: ${echoText(gateway)}.`, next));
  }
  if (far.length === 0) return found;
  if (answers.length === 0) {
    const next = "Restart the modem; then call the provider.";
    const own = gateway === null || gateway.ms === null ? "" : " although the gateway does";
    found.push(at(95, `No host on the internet answers a ping${own}.`, next));
    return found;
  }
  const loss = Math.min(...answers.map((e) => e.loss));
  const rtt = Math.min(...answers.map((e) => e.ms ?? 0));
  if (loss > 0) found.push(at(65, `Packets get lost beyond the gateway (${loss} %).`, "Tell the provider."));
  if (rtt > 100)
    found.push(at(60, `The internet is far away: ${ms(rtt)}.`, "A full line has long delays: see who uses it, below."));
  return found;
}

function linkFindings(m: Measured): Finding[] {
  const found: Finding[] = [];
  const { link, monitor } = m;
  const port = word(m.port);
  const cable = `Change the cable at ${port}; look at its other end.`;
  if (monitor["full-duplex"] === "false") found.push(at(85, `${port} runs half duplex.`, cable));
  if (/^10M|^100M/.test(monitor["rate"] ?? "")) {
    const able = /1G|2\.5G|5G|10G/.test(monitor["supported"] ?? "1G");
    if (able) found.push(at(55, `${port} runs at only ${word(monitor["rate"])}.`, cable));
  }
  const errors = Number(link["rx-error"] ?? 0) + Number(link["tx-error"] ?? 0);
  if (errors > 100) found.push(at(50, `${port} has counted ${errors} damaged packets.`, cable));
  const downs = Number(link["link-downs"] ?? 0);
  if (downs > 10) found.push(at(45, `The link at ${port} went down ${downs} times since the start.`, cable));
  if (m.large === false)
    found.push(at(50, "Large packets (1472 bytes) do not pass whole.", "Set the line's MTU, or clamp TCP MSS."));
  return found;
}

function routerFindings(m: Measured): Finding[] {
  const found: Finding[] = [];
  const load = Number(m.resource["cpu-load"] ?? 0);
  if (load >= 80) {
    const most = [...m.busy]
      .filter((p) => p["name"] !== "idle")
      .sort((a, b) => Number(b["usage"] ?? 0) - Number(a["usage"] ?? 0))
      .slice(0, 3)
      .map((p) => `${word(p["name"])} ${word(p["usage"])} %`);
    const by = most.length === 0 ? "" : `, mostly ${most.join(", ")}`;
    found.push(at(80, `The router's processor is at ${load} %${by}.`, "Is FastTrack on? Many queues or rules?"));
  }
  if (Number(m.resource["free-memory"] ?? Number.POSITIVE_INFINITY) < 8_388_608)
    found.push(at(40, "Hardly any memory is left.", "Look what runs in containers."));
  const slow = m.lookUpMs;
  const online = m.far.some((e) => e.ms !== null);
  const servers = [m.dns["servers"], m.dns["dynamic-servers"], m.dns["use-doh-server"]].filter((d) => (d ?? "") !== "");
  const use = "Try /dns servers=1.1.1.1,9.9.9.9";
  if (online && servers.length === 0) found.push(at(90, "The router knows no DNS server.", use));
  else if (online && slow === null) found.push(at(88, "Names are not found: the DNS servers do not answer.", use));
  else if (slow !== null && slow > 300) found.push(at(55, `Finding a name took about ${ms(slow)}.`, use));
  return found;
}

function loadFindings(m: Measured, nameOf: (address: string) => string): Finding[] {
  const found: Finding[] = [];
  const [top] = m.users ?? [];
  const down = Number(m.now["rx-bits-per-second"] ?? 0);
  if (top !== undefined && top[1] > 2e7 && top[1] > down / 2)
    found.push(at(58, `${nameOf(top[0])} uses most of the line now: ${mbit(top[1])}.`, "/limit bounds a device."));
  const limits = m.queues.filter((q) => !/^(0\/0)?$/.test(q["max-limit"] ?? ""));
  if (limits.length > 0) {
    const shown = limits.slice(0, 3).map((q) => `${word(q["name"])} ${word(q["target"])} ${word(q["max-limit"])}`);
    found.push(at(35, `${count(limits.length, "queue")} limit speed: ${shown.join("; ")}.`, "See /queue/simple/print"));
  }
  const weak = m.air.filter((r) => (signalOf(r["signal"] ?? r["signal-strength"]) ?? 0) < -75);
  if (weak.length > 0) {
    const shown = weak
      .slice(0, 4)
      .map((r) => `${nameOf(r["mac-address"] ?? "")} ${word(r["signal"] ?? r["signal-strength"])} dBm`);
    const what = `${weak.length} of ${count(m.air.length, "Wi-Fi device")} have a weak signal: ${shown.join(", ")}.`;
    found.push(at(48, what, "If only these are slow: move them, or see /channel."));
  }
  return found;
}

function measuredLines(m: Measured, nameOf: (address: string) => string): string[] {
  const rate = (row: RosRow, name: string): string => mbit(Number(row[name] ?? 0));
  const link = [m.monitor["rate"], m.monitor["full-duplex"] === "true" ? "full duplex" : undefined].filter(
    (t) => t !== undefined,
  );
  const pings = [...(m.gateway === null ? [] : [m.gateway]), ...m.far];
  const used = (m.users ?? []).slice(0, SLOW_SHOWN_MAX).map(([who, bits]) => `${nameOf(who)} ${mbit(bits)}`);
  return [
    `line: ${word(m.wan)}${m.port === m.wan ? "" : ` over ${word(m.port)}`}${link.length === 0 ? "" : ` (${link.map(word).join(", ")})`}, now ${rate(m.now, "rx-bits-per-second")} down, ${rate(m.now, "tx-bits-per-second")} up`,
    `ping: ${pings.length === 0 ? "not measured" : pings.map(echoText).join("; ")}`,
    `names: ${m.lookUpMs !== null ? `about ${ms(m.lookUpMs)}` : m.far.length === 0 ? "not measured" : "no answer"}; processor ${word(m.resource["cpu-load"])} %`,
    m.users === null
      ? "who uses the line: too many connections to count"
      : `who uses the line: ${used.length === 0 ? "nobody much" : used.join(", ")}`,
  ];
}

/** Findings, the likeliest first. */
function judgeSlow(m: Measured, nameOf: (address: string) => string): readonly Finding[] {
  const all = [
    ...(m.isBlind ? [] : wayFindings(m)),
    ...linkFindings(m),
    ...routerFindings(m),
    ...loadFindings(m, nameOf),
  ];
  return all.sort((a, b) => b.weight - a.weight);
}

export const slow: Task<never> = {
  name: "slow",
  purpose: "why is the internet slow: line, pings, DNS, processor, users, Wi-Fi; likeliest cause first",
  args: {},
  needs: [],
  effect: "read",
  async run(s, kit) {
    const m = await measure(s, kit);
    if (isFault(m)) return m;
    const devices = await findDevices(s, kit.router);
    const known = isFault(devices) ? [] : devices;
    const nameOf = (address: string): string => {
      const d = known.find((k) => k.ip === address || k.mac === address.toUpperCase());
      return d === undefined || d.name === "" ? word(address) : d.name;
    };
    const found = judgeSlow(m, nameOf);
    const verdict =
      found.length === 0
        ? ["From the router nothing looks wrong now. Next: measure by cable, at the time when it is slow."]
        : found.map((f, i) => `${i === 0 ? "Most likely" : `${i + 1}.`} ${f.what} Next: ${f.next}`);
    if (m.isBlind) verdict.unshift("The routes cannot be read here, so the line to the internet was not judged.");
    return { text: [...verdict, "", "Measured:", ...measuredLines(m, nameOf), ...m.gaps].join("\n") };
  },
};
