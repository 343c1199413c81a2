// The log at the level that the owner asked for.

import type { Log, LogLevel } from "../port/clock.ts";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Drops lines below `least`. */
export function atLevel(log: Log, least: string): Log {
  const from = ORDER.findIndex((level) => level === least);
  return {
    event(level, name, fields) {
      if (ORDER.indexOf(level) >= from) log.event(level, name, fields);
    },
  };
}
