// What is remembered of people and places, by owner and tier.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";

export interface Memory {
  add(s: Scope, m: { owner: string; tier: "turn" | "session" | "user" | "channel"; text: string }): Wait<string>;
  find(s: Scope, q: { owner: string; text: string; max: number }): Wait<ReadonlyArray<{ id: string; text: string }>>;
  forget(s: Scope, owner: string, id: string): Wait<void>;
}
