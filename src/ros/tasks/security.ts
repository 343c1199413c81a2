// /security tells how the router is guarded.

import { isFault } from "../../base/fault.ts";
import { AUDIT_FINDINGS_MAX } from "../../base/limits-tasks.ts";
import { count } from "../../base/text.ts";
import type { Task } from "../../port/task.ts";
import { judge } from "./audit-judge.ts";
import { LEVELS, readFacts } from "./audit-read.ts";

/** `/security` */
export const security: Task<never> = {
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
