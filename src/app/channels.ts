// Binds the catalogue's channels to the configuration: which are on, who may talk in
// them, and how the core sends through them.

import { isFault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { BoundChannel, Role } from "../core/deps.ts";
import { parseRoleRule, roleOf } from "../core/policy.ts";
import { telegramAdmits } from "../edges/channels/allowlist.ts";
import type { Channel, ChannelKit, Inbound, Sink } from "../port/channel.ts";
import * as channels from "./catalog/channels.ts";
import type { Config } from "./config.ts";

/** A channel that listens by itself. */
export interface RunningChannel {
  readonly id: string;
  run(s: Scope, sink: Sink): Promise<void>;
  check(s: Scope): Wait<string>;
}

export interface Channels {
  readonly bound: ReadonlyMap<string, BoundChannel>;
  readonly running: readonly RunningChannel[];
  role(m: Inbound): Role;
}

type Kit = Omit<ChannelKit<never>, "config">;

function bind<C>(
  channel: Channel<C>,
  settings: Config,
  base: Kit,
): { bound: BoundChannel; running: RunningChannel | null } | null {
  const config = channel.configure(settings);
  if (config === null) return null;
  const kit: ChannelKit<C> = { ...base, config };
  const { outbound, typing, picture, inbound, check } = channel;
  const bound: BoundChannel = {
    id: channel.id,
    can: channel.can,
    ...(outbound === undefined ? {} : { send: (s, m) => outbound(s, kit, m) }),
    ...(typing === undefined ? {} : { typing: (s, to) => typing(s, kit, to) }),
    ...(picture === undefined ? {} : { picture: (s, ref) => picture(s, kit, ref) }),
  };
  if (inbound === undefined) return { bound, running: null };
  const running: RunningChannel = {
    id: channel.id,
    run: async (s, sink) => {
      const ended = await inbound(s, kit, sink);
      if (isFault(ended) && ended.fault !== "stopped") {
        kit.log.event("error", "channel.ended", { channel: channel.id, what: ended.what, next: ended.next ?? "" });
      }
    },
    check: async (s) => (check === undefined ? `${channel.meta.title} is configured.` : check(s, kit)),
  };
  return { bound, running };
}

/** All configured channels; the terminal and HTTP are always there. */
export function bindChannels(config: Config, kit: Kit): Channels {
  const bound = new Map<string, BoundChannel>();
  const running: RunningChannel[] = [];
  for (const channel of Object.values(channels)) {
    const made = bind(channel as Channel<unknown>, config, kit);
    if (made === null) continue;
    bound.set(channel.id, made.bound);
    if (made.running !== null) running.push(made.running);
  }
  const allowed = config.list("TELEGRAM_ALLOWLIST")?.join(",");
  const rules = (config.list("MIKROCLAW_ROLES") ?? []).map(parseRoleRule).filter((rule) => rule !== null);
  return {
    bound,
    running,
    // The terminal is the owner's; HTTP has asked for a token before it gets here.
    role(m) {
      if (m.channel === "cli") return "local";
      return m.channel === "telegram" && !telegramAdmits(allowed, m) ? "stranger" : roleOf(rules, m);
    },
  };
}
