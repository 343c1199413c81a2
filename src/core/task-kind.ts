// What a question is about, for the rules of who answers it: by the person's words, and by what
// the turn has done so far. A guess of this kind costs nothing and never decides what may be done.

import { HEARD_UNITS_MAX } from "../base/limits-context.ts";
import type { Message } from "../port/provider.ts";
import { speaks, type Words } from "./words.ts";

export const TASKS = ["chat", "diagnosis", "change", "background"] as const;
export type TaskKind = (typeof TASKS)[number];

// Some languages' words for what has time, for changes, and for looking into something.
const LATER: Words = [
  /\bno (?:hurry|rush)\b|not urgent|when(?:ever)? you have time|eilt nicht|hat zeit/,
  "не срочно|不急|有空",
];
const CHANGE: Words = [
  /\b(?:add|allow|assign|block|change|close|create|delete|disable|enable|forward|install|limit|make|open|reboot|remove|rename|restart|reset|set ?up|set|turn|unblock|update|upgrade)\b|\b(?:sperr|blockier|setz|richte|aktivier|deaktivier|starte|stell|entfern|begrenz)/,
  "änder|lösch|öffne|schließ|включи|выключи|открой|添加|修改|删除|打开|关闭|设置|重启",
];
const DIAGNOSIS: Words = [
  /\b(?:why|slow|drops?|dropped|lost|fails?|failed|broken|offline|down|error|problem|check|diagnose|find|which|who|how (?:many|much|fast))\b|not work|n['\u2019]t work|warum|langsam|kaputt|geht nicht|fehler|welche|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/,
  "prüf|почему|не работает|为什么|慢|断|故障|检查",
];

/** The kind of a question: its words, the turn so far, and whether a change is being talked about. */
export function taskOf(text: string, messages: readonly Message[], hasPlans: boolean): TaskKind {
  const plain = text.slice(0, HEARD_UNITS_MAX).toLowerCase();
  if (speaks(plain, LATER)) return "background";
  if (hasPlans || speaks(plain, CHANGE)) return "change";
  const running = messages.slice(messages.findLastIndex((m) => m.role === "user") + 1);
  return speaks(plain, DIAGNOSIS) || running.some((m) => m.role === "tool") ? "diagnosis" : "chat";
}
