// What a question is about, for the rules of who answers it: by the person's words, and by what
// the turn has done so far. A guess of this kind costs nothing and never decides what may be done.

import { HEARD_UNITS_MAX } from "../base/limits-context.ts";
import type { Message } from "../port/provider.ts";

export const TASKS = ["chat", "diagnosis", "change", "background"] as const;
export type TaskKind = (typeof TASKS)[number];

// Some languages' words for what has time, for changes, and for looking into something.
const LATER = /\bno (?:hurry|rush)\b|not urgent|when(?:ever)? you have time|eilt nicht|hat zeit|не срочно|不急|有空/;
const CHANGE =
  /\b(?:add|allow|assign|block|change|close|create|delete|disable|enable|forward|install|limit|make|open|reboot|remove|rename|restart|reset|set ?up|set|turn|unblock|update|upgrade)\b|\b(?:sperr|blockier|änder|setz|lösch|richte|aktivier|deaktivier|öffne|schließ|starte|stell|entfern|begrenz)|добав|измени|удали|включи|выключи|открой|закрой|添加|修改|删除|打开|关闭|设置|重启/;
const DIAGNOSIS =
  /\b(?:why|slow|drops?|dropped|lost|fails?|failed|broken|offline|down|error|problem|check|diagnose|find|which|who|how (?:many|much|fast))\b|not work|n['’]t work|warum|langsam|kaputt|geht nicht|fehler|prüf|welche|почему|медленн|не работает|为什么|慢|断|故障|检查|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/;

/** The kind of a question: its words, the turn so far, and whether a change is being talked about. */
export function taskOf(text: string, messages: readonly Message[], hasPlans: boolean): TaskKind {
  const plain = text.slice(0, HEARD_UNITS_MAX).toLowerCase();
  if (LATER.test(plain)) return "background";
  if (hasPlans || CHANGE.test(plain)) return "change";
  const running = messages.slice(messages.findLastIndex((m) => m.role === "user") + 1);
  return DIAGNOSIS.test(plain) || running.some((m) => m.role === "tool") ? "diagnosis" : "chat";
}
