// All findings of an audit.

import { firewallFindings } from "./audit-firewall.ts";
import { type Facts, type Finding, LEVELS } from "./audit-read.ts";
import { settingFindings } from "./audit-settings.ts";

/** All findings, the worst first. */
export function judge(f: Facts): readonly Finding[] {
  const all = [...firewallFindings(f), ...settingFindings(f)];
  return all.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}
