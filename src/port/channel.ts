// A channel: where people are. Four fields are enough; the rest are optional adapters.

import type { Wait } from "../base/fault.ts";
import type { Image } from "../base/image.ts";
import type { Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Clock, Log } from "./clock.ts";
import type { Host } from "./host.ts";
import type { Http } from "./http.ts";

/** A picture of a message: itself, or the name by which its channel fetches it. */
export type Picture = Image | { readonly ref: string };

/** One message or button press as it came in. All of it is data. */
export interface Inbound {
  channel: string;
  /** Which of our accounts there (a bot's id, "local"). */
  account: string;
  chat: string;
  /** Others read this chat as well: what is meant for one person alone is not said here. */
  isShared?: boolean;
  thread?: string;
  /** Stable id of the person; `senderName` is what they call themselves. */
  sender: string;
  senderName?: string;
  /** Unique per channel and account. */
  messageId: string;
  text: string;
  pictures?: readonly Picture[];
  sentMs: number;
  replyTo?: string;
  /** The button's own data when this is a press. */
  press?: string;
}

export interface Button {
  label: string;
  press: string;
}

export interface Outbound {
  /** Unique; the same key is never sent twice once it is known to be sent. */
  key: string;
  channel: string;
  account: string;
  chat: string;
  thread?: string;
  text: string;
  buttons?: readonly Button[];
  /** Remote id of a message whose text this replaces. */
  editOf?: string;
}

/** The owner's configuration, checked, by the names that its values have in the environment. */
export interface Settings {
  text(env: string): string | undefined;
  secret(env: string): Secret | undefined;
}

export interface ChannelKit<C> {
  config: C;
  http: Http;
  host: Pick<Host, "connect" | "listen">;
  clock: Clock;
  log: Log;
}

/** What the door says of an inbound message. */
export interface Sink {
  /** Tells once that no more messages are taken (shutdown): finish what is unsettled, confirm it, return. */
  onClose(tell: () => void): () => void;
  /**
   * Resolves once the message is recorded; `settled` once its answer is sent, or it is dropped.
   * "refused": the sender may not do this, so a pressed button stays for whom it is meant.
   */
  accept(s: Scope, m: Inbound): Wait<{ settled: Promise<void | "refused"> }>;
}

export interface Channel<C> {
  readonly id: string;
  readonly meta: { title: string; docs: string };
  readonly can: { edit: boolean; buttons: boolean; threads: boolean; textMax: number };
  /** What it takes of the owner's configuration; null: it is not configured. */
  readonly configure: (settings: Settings) => C | null;
  /** Until stopped. */
  readonly inbound?: (s: Scope, kit: ChannelKit<C>, sink: Sink) => Wait<void>;
  readonly outbound?: (s: Scope, kit: ChannelKit<C>, m: Outbound) => Wait<{ remoteId: string }>;
  readonly typing?: (s: Scope, kit: ChannelKit<C>, chat: string) => Wait<void>;
  readonly picture?: (s: Scope, kit: ChannelKit<C>, ref: string) => Wait<Image>;
  /** For doctor: one line of what works. */
  readonly check?: (s: Scope, kit: ChannelKit<C>) => Wait<string>;
}
