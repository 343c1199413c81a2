// Who may talk in Telegram: a list of numeric ids and user names. Not set is nobody; names
// that people choose for display never count, as anybody may take any.

import type { Inbound } from "../../port/channel.ts";

// Ids under which Telegram itself speaks for somebody else: anonymous group administrators
// (GroupAnonymousBot), channels (Channel_Bot) and posts of linked channels. Nobody knows who
// stands behind them, so neither "*" nor the number lets them in.
const NOBODY: ReadonlySet<string> = new Set(["1087968824", "136817688", "777000"]);

/** True when `list` ("*", or ids and user names with commas) names the sender of `m`. */
export function telegramAdmits(list: string | undefined, m: Inbound): boolean {
  if (list === undefined || NOBODY.has(m.sender)) return false;
  const name = m.senderName?.startsWith("@") === true ? m.senderName.slice(1).toLowerCase() : null;
  return list
    .split(",")
    .map((entry) => entry.trim())
    .some((entry) => entry === "*" || admitsOne(entry, m.sender, name));
}

function admitsOne(entry: string, id: string, name: string | null): boolean {
  // A user name begins with a letter, so digits alone can only be an id.
  if (/^\d+$/.test(entry)) return entry === id;
  const wanted = entry.replace(/^@/, "").toLowerCase();
  return wanted !== "" && wanted === name;
}
