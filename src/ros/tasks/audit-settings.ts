// Findings of an audit besides the firewall: services, switches, MAC access, users, scripts.
// Facts: MikroTik manual, Securing your router, Services, MAC server, Neighbor discovery.

import { count, word } from "../../base/text.ts";
import { isOn } from "../rows.ts";
import type { Facts, Finding } from "./audit-read.ts";
import { setting } from "./kit.ts";

/** Switches that are better off: menu, field, level, sentence, and whether hardening turns it. */
function switchFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const off = (menu: Parameters<Facts["one"]>[0], level: Finding["level"], what: string): void => {
    if (!isOn(f.one(menu)["enabled"])) return;
    const fix = [setting(menu, null, { enabled: "no" })];
    found.push({ level, what, next: "/harden switches it off.", fix });
  };
  const port = f.one("/ip/socks")["port"] ?? "1080";
  const malware = port === "1080" ? "" : ` on the odd port ${word(port)}: an old sign of malware`;
  off("/ip/socks", "high", `The SOCKS proxy is on${malware}.`);
  off("/ip/proxy", "medium", "The old web proxy is on.");
  off("/ip/upnp", "medium", "UPnP lets any device inside open ports to the internet.");
  off("/tool/bandwidth-server", "low", "The bandwidth test server is on; it can be made to use the whole line.");
  if (isOn(f.one("/tool/romon")["enabled"]))
    found.push({ level: "low", what: "RoMON is on.", next: "If nobody uses it: /tool/romon/set enabled=no" });
  if (
    isOn(f.one("/snmp")["enabled"]) &&
    f.rows("/snmp/community").some((c) => c["name"] === "public" && !isOn(c["disabled"]))
  )
    found.push({
      level: "medium",
      what: 'SNMP answers to the community "public".',
      next: "Switch SNMP off or give the community another name and addresses.",
    });
  if (isOn(f.one("/system/device-mode")["flagged"]))
    found.push({
      level: "critical",
      what: "The router flagged its own configuration as suspicious at its start.",
      next: "Check users, scripts, scheduler and proxies; then clear it in the device-mode menu with the button.",
    });
  if (f.one("/ip/ssh")["strong-crypto"] === "false" || f.one("/ip/ssh")["strong-crypto"] === "no")
    found.push({ level: "low", what: "SSH still takes weak ciphers.", next: "/ip/ssh/set strong-crypto=yes" });
  return found;
}

function accessFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const busy = new Set(f.rows("/user/active").map((r) => r["via"] ?? ""));
  const clear = f
    .rows("/ip/service")
    .filter((r) => !isOn(r["disabled"]) && !isOn(r["dynamic"]) && ["telnet", "ftp", "api"].includes(r["name"] ?? ""));
  for (const r of clear) {
    const name = r["name"] ?? "";
    const what = `The service ${name} is on; it sends passwords in the clear.`;
    // An API may be somebody's tool; nobody needs the other two.
    if (name === "api" || busy.has(name))
      found.push({ level: "medium", what, next: `If nobody needs it: /ip/service/set ${name} disabled=yes` });
    else
      found.push({
        level: "medium",
        what,
        next: "/harden access=yes switches it off.",
        fix: [setting("/ip/service", r, { disabled: "yes" })],
        isAccess: true,
      });
  }
  return found;
}

/** Ways by which the router shows itself beside IP. */
function layerFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  for (const [menu, what] of [
    ["/tool/mac-server", "Telnet by MAC address"],
    ["/tool/mac-server/mac-winbox", "WinBox by MAC address"],
  ] as const) {
    if (f.one(menu)["allowed-interface-list"] !== "all") continue;
    const fix = f.hasLan ? { fix: [setting(menu, null, { "allowed-interface-list": "LAN" })] } : {};
    found.push({
      level: "medium",
      what: `${what} is open on all interfaces; the firewall does not stop it.`,
      next: "/harden access=yes limits it to LAN.",
      isAccess: true,
      ...fix,
    });
  }
  const list = f.one("/ip/neighbor/discovery-settings")["discover-interface-list"];
  if (list === "all" || list === "!dynamic" || list === "static") {
    const fix = f.hasLan
      ? { fix: [setting("/ip/neighbor/discovery-settings", null, { "discover-interface-list": "LAN" })] }
      : {};
    found.push({
      level: "low",
      what: "The router tells who it is on every interface, also to the internet.",
      next: "/harden limits it to LAN.",
      ...fix,
    });
  }
  return found;
}

function peopleFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const users = f.rows("/user").filter((u) => !isOn(u["disabled"]));
  if (users.some((u) => u["name"] === "admin"))
    found.push({
      level: "medium",
      what: 'The user "admin" is there: its name is the first one that is tried.',
      next: "Make another full user with a long password, then disable admin. (Whether a password is empty cannot be read.)",
    });
  const full = users.filter((u) => u["group"] === "full");
  if (full.length > 3)
    found.push({
      level: "low",
      what: `${count(full.length, "user")} may do everything.`,
      next: "Look at /user/print.",
    });
  for (const [menu, field] of [
    ["/system/scheduler", "on-event"],
    ["/system/script", "source"],
  ] as const) {
    const odd = f.rows(menu).filter((r) => /fetch|socks|import|:parse/i.test(r[field] ?? ""));
    if (odd.length === 0) continue;
    const names = odd
      .slice(0, 4)
      .map((r) => word(r["name"]))
      .join(", ");
    found.push({
      level: "medium",
      what: `${count(odd.length, "entry")} of ${menu} load or run something from elsewhere: ${names}.`,
      next: `If you did not make them, look: ${menu}/print detail`,
    });
  }
  return found;
}

/** All of them. */
export const settingFindings = (f: Facts): Finding[] =>
  [switchFindings, accessFindings, layerFindings, peopleFindings].flatMap((of) => of(f));
