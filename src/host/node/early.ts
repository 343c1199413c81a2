// What this host must know before the bundle runs: which folder the file tools have, and
// whether a router is configured. A wrong configuration file is the bundle's to report.

import { readFileSync, statSync } from "node:fs";
import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { CONFIG_BYTES_MAX } from "../../base/limits.ts";
import { attempt } from "./op.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The keys of the configuration that are read here: the environment's word, else the file's. */
export interface Early {
  workspace: string;
  routerHost: string;
}

/** `--config FILE` or `--config=FILE`, or MIKROCLAW_CONFIG. */
function pathOf(args: readonly string[], env: Env): string {
  const at = args.findIndex((arg) => arg === "--config" || arg.startsWith("--config="));
  const flag = args[at]?.includes("=") ? args[at].slice("--config=".length) : args[at + 1];
  return (at < 0 ? undefined : flag) ?? env["MIKROCLAW_CONFIG"] ?? "";
}

function keysOf(path: string): Readonly<Record<string, unknown>> {
  const read = attempt(() => {
    const found = statSync(path);
    // Reading a device or a pipe might never end.
    return found.isFile() && found.size <= CONFIG_BYTES_MAX ? readFileSync(path, "utf8") : "";
  });
  const value = "error" in read ? null : parseJson(read.value.replace(/^\ufeff/, ""));
  return typeof value === "object" && value !== null && !isFault(value) ? (value as Record<string, unknown>) : {};
}

/** Reads them with the same precedence as the bundle. */
export function readEarly(args: readonly string[], env: Env): Early {
  const path = pathOf(args, env);
  const file = path === "" ? {} : keysOf(path);
  const word = (name: string, key: string): string => {
    const inFile = file[key];
    return (env[name] ?? "").trim() || (typeof inFile === "string" ? inFile.trim() : "");
  };
  return { workspace: word("MIKROCLAW_WORKSPACE", "workspace"), routerHost: word("ROUTER_HOST", "routerHost") };
}
