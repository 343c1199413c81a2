// Findings of an audit besides the firewall: services, switches, MAC access, users, scripts.
// Facts: MikroTik manual, Securing your router, Services, MAC server, Neighbor discovery.

import { count, word } from "../../base/text.ts";
import { isOn } from "../rows.ts";
import { type Facts, type Finding, finding } from "./audit-read.ts";

/** Switches that are better off, and what else stands wrong. */
function switchFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const port = f.one("/ip/socks")["port"] ?? "1080";
  const malware = port === "1080" ? "" : ` on the odd port ${word(port)}: an old sign of malware`;
  for (const [menu, level, what] of [
    ["/ip/socks", "high", `The SOCKS proxy is on${malware}.`],
    ["/ip/proxy", "medium", "The old web proxy is on."],
    ["/ip/upnp", "medium", "UPnP lets any device inside open ports to the internet."],
    ["/tool/bandwidth-server", "low", "The bandwidth test server is on; it can be made to use the whole line."],
  ] as const)
    if (f.isOn(menu, "enabled"))
      found.push(finding(level, what, "/harden switches it off.", [`${menu}/set enabled=no`]));
  if (f.isOn("/tool/romon", "enabled"))
    found.push(finding("low", "RoMON is on.", "If nobody uses it: /tool/romon/set enabled=no"));
  if (
    f.isOn("/snmp", "enabled") &&
    f.rows("/snmp/community").some((c) => c["name"] === "public" && !isOn(c["disabled"]))
  )
    found.push(
      finding(
        "medium",
        'SNMP answers to the community "public".',
        "Switch SNMP off, or rename it and limit its addresses.",
      ),
    );
  if (f.isOn("/system/device-mode", "flagged"))
    found.push(
      finding(
        "critical",
        "The router flagged its own configuration as suspicious.",
        "Check users, scripts, scheduler and proxies, then clear it in /system/device-mode.",
      ),
    );
  if (/^(false|no)$/.test(f.one("/ip/ssh")["strong-crypto"] ?? ""))
    found.push(finding("low", "SSH still takes weak ciphers.", "/ip/ssh/set strong-crypto=yes"));
  return found;
}

function accessFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const busy = new Set(f.rows("/user/active").map((r) => r["via"]));
  for (const r of f.rows("/ip/service")) {
    const name = r["name"] ?? "";
    if (isOn(r["disabled"]) || isOn(r["dynamic"]) || !/^(telnet|ftp|api)$/.test(name)) continue;
    const what = `The service ${name} is on; it sends passwords in the clear.`;
    const off = `/ip/service/set ${name} disabled=yes`;
    // An API may be somebody's tool; nobody needs the other two.
    const mayStay = name === "api" || busy.has(name);
    if (mayStay) found.push(finding("medium", what, `If nobody needs it: ${off}`));
    else found.push(finding("medium", what, "/harden access=yes switches it off.", [off], true));
  }
  return found;
}

/** Ways by which the router shows itself beside IP. */
function layerFindings(f: Facts): Finding[] {
  const toLan = (menu: string, field: string): string[] | undefined =>
    f.hasLan ? [`${menu}/set ${field}=LAN`] : undefined;
  const found: Finding[] = [];
  for (const [menu, what] of [
    ["/tool/mac-server", "Telnet"],
    ["/tool/mac-server/mac-winbox", "WinBox"],
  ] as const)
    if (f.one(menu)["allowed-interface-list"] === "all")
      found.push(
        finding(
          "medium",
          `${what} by MAC address is open on all interfaces; the firewall does not stop it.`,
          "/harden access=yes limits it to LAN.",
          toLan(menu, "allowed-interface-list"),
          true,
        ),
      );
  const discovery = "/ip/neighbor/discovery-settings";
  if (/^(all|!dynamic|static)$/.test(f.one(discovery)["discover-interface-list"] ?? ""))
    found.push(
      finding(
        "low",
        "The router tells who it is on every interface, also to the internet.",
        "/harden limits it to LAN.",
        toLan(discovery, "discover-interface-list"),
      ),
    );
  return found;
}

function peopleFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const users = f.rows("/user").filter((u) => !isOn(u["disabled"]));
  if (users.some((u) => u["name"] === "admin"))
    found.push(
      finding(
        "medium",
        'The user "admin" is there: its name is tried first.',
        "Make another full user with a long password, then disable it. (Whether a password is empty cannot be read.)",
      ),
    );
  const full = users.filter((u) => u["group"] === "full");
  if (full.length > 3)
    found.push(finding("low", `${count(full.length, "user")} may do everything.`, "See /user/print"));
  for (const [menu, field] of [
    ["/system/scheduler", "on-event"],
    ["/system/script", "source"],
  ] as const) {
    const odd = f.rows(menu).filter((r) => /fetch|socks|import|:parse/i.test(r[field] ?? ""));
    const names = odd.slice(0, 4).map((r) => word(r["name"]));
    if (odd.length > 0)
      found.push(
        finding(
          "medium",
          `${count(odd.length, "entry")} of ${menu} load or run something from elsewhere: ${names.join(", ")}.`,
          `Are they yours? ${menu}/print detail`,
        ),
      );
  }
  return found;
}

/** All of them. */
export const settingFindings = (f: Facts): Finding[] =>
  [switchFindings, accessFindings, layerFindings, peopleFindings].flatMap((of) => of(f));
