// /audit: the newest entries of the audit log, and its head to note elsewhere.

import { isFault } from "../../base/fault.ts";
import { AUDIT_SHOWN_MAX } from "../../base/limits-audit.ts";
import { table, word } from "../../base/text.ts";
import type { Entry } from "../../ros/journal.ts";
import { type Command, clip } from "../command-kit.ts";
import { mayNot } from "../policy.ts";

const said = (entry: Entry, field: string): string => {
  const value = entry[field];
  return typeof value === "string" ? value : "";
};

function lineOf(e: Entry): string[] {
  const rest = said(e, "told") || said(e, "command") || said(e, "of");
  return [String(e.n), e.at, e.what, said(e, "state"), said(e, "plan"), word(said(e, "name") || said(e, "by")), rest];
}

export const audit: Command = {
  name: "audit",
  usage: "",
  purpose: "who asked, approved and changed what, newest last",
  also: ["journal"],
  async run(s, { deps, who }) {
    const no = mayNot(deps, who, "manage");
    if (no !== null) return no;
    const entries = await deps.audit.last(s, AUDIT_SHOWN_MAX);
    if (isFault(entries)) return entries;
    const last = entries.at(-1);
    if (last === undefined) return { text: "Nothing was asked for that changes the router since the start." };
    const head = `Entry ${last.n} has the hash ${last.hash}: noted elsewhere, it proves that nothing before it was changed.`;
    return { text: clip(`${table(entries.map(lineOf))}\n${head}`) };
  },
};
