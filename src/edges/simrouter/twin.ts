// A twin of a real router: the simulated hardware with the configuration of an export on
// it, each of its commands run as a script. What does not fit is left out and told.
// Facts: MikroTik manual, Configuration Management (export).

import { isFault } from "../../base/fault.ts";
import { wake } from "./containers.ts";
import { startJob } from "./jobs.ts";
import { settleAll } from "./links.ts";
import { addRow, fieldsOf } from "./rows.ts";
import { perform } from "./tools.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

const ALL: Actor = { user: "import", peer: "", can: () => true };

/** Runs a text with all rights, up to its first wait; the refusal, or null. */
export function runHere(world: World, source: string, user = ALL.user): string | null {
  const made = startJob(world, { source, actor: { ...ALL, user }, script: "here", perform }).answer();
  settleAll(world);
  return isFault(made) ? made.what : null;
}

const PORT = /\b(ether\d+|sfp[\w+-]*\d|combo\d+|qsfp[\w+-]*\d)\b/g;
const RADIO = /\b(wifi\d+|wlan\d+)\b/g;

/** Ports and radios that the export names and the simulated board has not. */
function growHardware(world: World, text: string): void {
  const grow = (menu: string, names: Iterable<string>): void => {
    const has = new Set(world.rows(menu).map((r) => r.fields.get("default-name")));
    for (const name of new Set(names)) {
      if (has.has(name)) continue;
      addRow(
        world.table(menu),
        fieldsOf({ name, "default-name": name, mtu: "1500", arp: "enabled", disabled: "false" }),
      );
    }
  };
  grow("/interface/ethernet", text.match(PORT) ?? []);
  grow("/interface/wifi", text.match(RADIO) ?? []);
  // Images and disks of its containers are on the router, not in its export.
  for (const [, file = ""] of text.matchAll(/\bfile=(\S+)/g)) {
    addRow(world.table("/file"), fieldsOf({ name: file, type: ".tar file" }));
  }
  const slots = new Set(world.rows("/disk").map((r) => r.fields.get("slot")));
  for (const [, slot = ""] of text.matchAll(/\broot-dir=([^\s/]+)\//g)) {
    if (!slots.has(slot)) addRow(world.table("/disk"), fieldsOf({ slot, type: "hardware" }));
    slots.add(slot);
  }
}

/** The commands of an export, each below the menu that it stands in. */
function commandsOf(text: string): string[] {
  const commands: string[] = [];
  let menu = "";
  for (const line of text.replace(/\\\r?\n\s*/g, "").split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (/^\/[a-z0-9 /-]+$/.test(line)) menu = line;
    else commands.push(line.startsWith("/") ? line : `${menu}\n${line}`);
  }
  return commands;
}

/** What an export leaves out because it comes from outside: the provider's address. */
function connect(world: World): void {
  for (const { fields } of world.rows("/ip/dhcp-client")) {
    if (fields.get("status") === "bound") continue;
    fields.set("~address", "203.0.113.57/24");
    fields.set("gateway", "203.0.113.1");
  }
  for (const row of world.rows("/container")) wake(world, row);
  settleAll(world);
}

/** Puts an export on the bare router; what was refused, with the command. */
export function loadExport(world: World, text: string): readonly string[] {
  growHardware(world, text);
  const problems: string[] = [];
  for (const command of commandsOf(text)) {
    const refused = runHere(world, command);
    if (refused !== null) problems.push(`${command.split("\n").join(" ")}: ${refused}`);
  }
  connect(world);
  return problems;
}
