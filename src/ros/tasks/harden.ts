// /harden makes one plan of what /security found and is safe to mend. It never touches
// users, explicit accept rules, or the way by which somebody is here.

import { isFault } from "../../base/fault.ts";
import { count } from "../../base/text.ts";
import type { Task } from "../../port/task.ts";
import { judge } from "./audit-judge.ts";
import { readFacts } from "./audit-read.ts";

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
    const mended = found.filter((x) => x.fix !== undefined && (isWanted || !x.isAccess));
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
