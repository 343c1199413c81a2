// A model service behind one call. Once called, a provider does not throw: what went
// wrong is the returned fault.

import type { Wait } from "../base/fault.ts";
import type { Image } from "../base/image.ts";
import type { Scope } from "../base/scope.ts";
import type { Clock } from "./clock.ts";
import type { Http } from "./http.ts";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "call"; callId: string; name: string; argsJson: string }
  /** Signed or hidden reasoning, handed back unchanged to the same provider. */
  | { kind: "opaque"; provider: string; data: string };

export type Message =
  | { role: "user"; text: string; images?: readonly Image[] }
  | { role: "assistant"; parts: readonly Part[] }
  | { role: "tool"; callId: string; text: string; isError: boolean };

export interface ToolOffer {
  name: string;
  purpose: string;
  schemaJson: string;
}

/** Whether the model may call tools, must, must not, or must call this one. */
export type ToolChoice = "auto" | "none" | "required" | { name: string };

export interface Ask {
  model: string;
  system: string;
  messages: readonly Message[];
  tools: readonly ToolOffer[];
  /** A wish: services without the word for it, and some models, do as they like. */
  toolChoice?: ToolChoice;
  /** False: one call at a time, where the service knows that. */
  parallel?: false;
  maxTokens: number;
}

export type Delta = { kind: "text"; text: string } | { kind: "call"; callId: string; name: string };

export interface Usage {
  inTokens: number;
  outTokens: number;
  cachedTokens: number;
}

export interface Answer {
  parts: readonly Part[];
  stop: "end" | "tools" | "length" | "refused";
  usage: Usage;
}

export interface ProviderKit<C> {
  http: Http;
  config: C;
  clock: Clock;
}

export interface Provider<C> {
  readonly id: string;
  complete(s: Scope, kit: ProviderKit<C>, ask: Ask, onDelta: (d: Delta) => void): Wait<Answer>;
  /** Reaches the service without cost (model list); for probes and doctor. */
  check(s: Scope, kit: ProviderKit<C>): Wait<string>;
}
