// /security tells how the router is guarded; /harden makes one plan of what is safe to mend.
// It never touches users, explicit accept rules, or the way by which somebody is here.

import { isFault } from "../../base/fault.ts";
import { AUDIT_FINDINGS_MAX } from "../../base/limits-tasks.ts";
import { count } from "../../base/text.ts";
import type { Task } from "../../port/task.ts";
import { firewallFindings } from "./audit-firewall.ts";
import { type Facts, type Finding, LEVELS, readFacts } from "./audit-read.ts";
import { settingFindings } from "./audit-settings.ts";

/** All findings, the worst first. */
function judge(f: Facts): readonly Finding[] {
  const all = [...firewallFindings(f), ...settingFindings(f)];
  return all.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** `/security` */
export const audit: Task<never> = {
  name: "security",
  purpose: "how well the router is guarded: firewall, open services, users; worst first",
  args: {},
  needs: [],
  effect: "read",
  async run(s, kit) {
    const facts = await readFacts(s, kit);
    if (isFault(facts)) return facts;
    const found = judge(facts);
    const sums = LEVELS.map((l) => [l, found.filter((x) => x.level === l).length] as const).filter(([, n]) => n > 0);
    const head =
      found.length === 0
        ? "Nothing was found that should be changed."
        : `${count(found.length, "finding")}: ${sums.map(([l, n]) => `${n} ${l}`).join(", ")}`;
    const lines = found.slice(0, AUDIT_FINDINGS_MAX).map((x) => `[${x.level}] ${x.what} ${x.next}`);
    const more = found.length > AUDIT_FINDINGS_MAX ? [`… and ${found.length - AUDIT_FINDINGS_MAX} more`] : [];
    const blind =
      facts.outside.length === 0
        ? ["Which interface leads to the internet is not known, so the firewall was not judged."]
        : [];
    return { text: [head, ...lines, ...more, ...blind, ...facts.gaps].join("\n") };
  },
};

/** `/harden` */
export const harden: Task<"access"> = {
  name: "harden",
  purpose: "one plan that closes what /security found and is safe to close; locks nobody out",
  args: { access: '"yes" also switches telnet and ftp off and limits MAC access to LAN' },
  needs: [],
  effect: "propose",
  async run(s, kit, { access }) {
    const facts = await readFacts(s, kit);
    if (isFault(facts)) return facts;
    const found = judge(facts);
    const isWanted = /^(yes|true)$/i.test(access);
    const mended = found.filter((x) => x.fix !== undefined && (isWanted || x.isAccess !== true));
    const left = found.length - mended.length;
    const rest =
      left === 0 ? "" : ` ${count(left, "finding")} of /security ${left === 1 ? "is" : "are"} for you to decide.`;
    if (mended.length === 0) return { text: `There is nothing that could be mended safely without you.${rest}`.trim() };
    const what = mended.map((x) => `- ${x.what}`);
    const text = [
      "This would mend:",
      ...what,
      `Users, explicit accept rules and port forwards stay as they are.${rest}`,
      ...facts.gaps,
    ];
    return { commands: [...new Set(mended.flatMap((x) => x.fix ?? []))], text: text.join("\n") };
  },
};
