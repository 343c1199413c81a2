// The agent as the gateway and the terminal see it.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Inbound } from "./channel.ts";
import type { Risk } from "./router.ts";

export interface OfferedPlan {
  id: string;
  risk: Risk;
  diff: string;
}

export interface Said {
  reply: string;
  /** The reply tells of a failure (router or model unreachable, refused, not understood). */
  failed?: true;
  plan?: OfferedPlan;
}

/** What happens while a turn runs, for streaming. */
export type Progress =
  | { kind: "text"; text: string }
  | { kind: "tool"; name: string; state: "started" | "done" | "failed" };

export interface Agent {
  /** One message in, its final answer out. Order within a chat holds. */
  say(s: Scope, m: Inbound, onProgress?: (p: Progress) => void): Wait<Said>;
  /** Component → works, from the background probes; answers at once. */
  health(): Readonly<Record<string, boolean>>;
  /** The audit log as JSON lines, for whoever may see it. */
  audit(s: Scope, who: Inbound): Wait<string>;
  /** Messages that are kept until a model is back. */
  waiting(): number;
  /** Ends the chat's running turn; false if none ran. */
  stop(channel: string, chat: string): boolean;
}
