// The log at the level that the owner asked for.

import type { Log, LogLevel } from "../port/clock.ts";
import type { Config } from "./config.ts";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Drops lines below `least`. */
export function atLevel(log: Log, least: LogLevel): Log {
  const from = ORDER.indexOf(least);
  return {
    event(level, name, fields) {
      if (ORDER.indexOf(level) >= from) log.event(level, name, fields);
    },
  };
}

/** LOG_LEVEL of a configuration. */
export function logLevel(config: Config): LogLevel {
  const text = config.text("LOG_LEVEL");
  return ORDER.find((level) => level === text) ?? "info";
}
