// Who may do what: roles, the owner's rules that give them by channel, chat and person, and
// the sentence for whoever lacks one. Whoever is let in may read; without rules all are owners.

import { type Fault, fault } from "../base/fault.ts";
import type { Inbound } from "../port/channel.ts";
import type { CoreDeps, Role } from "./deps.ts";

/** Beyond reading. */
export type Right = "propose" | "decide" | "lifeline" | "manage";

const SAYS: Readonly<Record<Right, string>> = {
  propose: "propose changes",
  decide: "decide on changes",
  lifeline: "approve what could cut off the router or its owner",
  manage: "see or set what concerns all chats",
};
const ADMIN: readonly Right[] = ["propose", "decide", "manage"];
const ALL: readonly Right[] = [...ADMIN, "lifeline"];
const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  local: ALL,
  owner: ALL,
  admin: ADMIN,
  viewer: [],
  stranger: [],
};

/** Null when the sender of this message may do that now, in this chat. */
export function mayNot(deps: Pick<CoreDeps, "role">, who: Inbound, right: Right): Fault | null {
  const role = deps.role(who);
  if (RIGHTS[role].includes(right)) return null;
  return fault("denied", `Your role here is ${role}, which may not ${SAYS[right]}. Nothing was changed.`, {
    code: "role",
    next: "Ask an owner; MIKROCLAW_ROLES says who is what.",
  });
}

/** One rule: where or whom it is about, and the role. Absent parts fit all. */
export interface RoleRule {
  readonly channel?: string;
  readonly chat?: string;
  readonly sender?: string;
  readonly role: Role;
}

const NAMES: ReadonlyMap<string, Role> = new Map([
  ["owner", "owner"],
  ["admin", "admin"],
  ["viewer", "viewer"],
  ["none", "stranger"],
]);

/** `telegram/123=admin`, `telegram/@anna=owner`, `telegram/chat:-100=viewer`, `telegram/chat:-100/123=owner`, `*=viewer`; null: none of these. */
export function parseRoleRule(text: string): RoleRule | null {
  const found = /^(\*|[a-z]+)(?:\/chat:([^/\s]+))?(?:\/(?!chat:)([^/\s]+))?=([a-z]+)$/.exec(text);
  const role = NAMES.get(found?.[4] ?? "");
  if (found === null || role === undefined) return null;
  const [, channel = "*", chat, sender] = found;
  // Only Telegram's user names are unique; other names that begin so are whatever people like.
  const isBad = channel === "*" ? (chat ?? sender) !== undefined : sender?.startsWith("@") && channel !== "telegram";
  if (isBad === true) return null;
  return {
    ...(channel === "*" ? {} : { channel }),
    ...(chat === undefined ? {} : { chat }),
    ...(sender === undefined ? {} : { sender: sender.startsWith("@") ? sender.toLowerCase() : sender }),
    role,
  };
}

const isOf = (rule: RoleRule, m: Inbound): boolean =>
  (rule.channel ?? m.channel) === m.channel &&
  (rule.chat ?? m.chat) === m.chat &&
  (rule.sender === undefined || rule.sender === (rule.sender.startsWith("@") ? m.senderName?.toLowerCase() : m.sender));

const ORDER: readonly Role[] = ["stranger", "viewer", "admin", "owner"];

/** The lesser of two. */
const least = (a: Role, b: Role): Role => (ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b);

/**
 * The role of who sent this. A rule for a person in a chat counts alone; else nobody has more
 * than the rule of the chat gives, nor than that of the person, the channel or all.
 */
export function roleOf(rules: readonly RoleRule[], m: Inbound): Role {
  const fit = rules.filter((rule) => isOf(rule, m));
  const pick = (is: (rule: RoleRule) => boolean): Role | undefined => {
    const roles = fit.filter(is).map((rule) => rule.role);
    return roles.length === 0 ? undefined : roles.reduce(least);
  };
  const both = pick((r) => r.chat !== undefined && r.sender !== undefined);
  if (both !== undefined) return both;
  const person =
    pick((r) => r.chat === undefined && r.sender !== undefined) ??
    pick((r) => r.channel !== undefined && r.chat === undefined && r.sender === undefined) ??
    pick((r) => r.channel === undefined) ??
    "owner";
  return least(pick((r) => r.chat !== undefined && r.sender === undefined) ?? "owner", person);
}
