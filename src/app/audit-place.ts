// Where the audit log lies: in what is mounted for it, else in the workspace, else in memory.

import type { Files, Host } from "../port/host.ts";
import type { Config } from "./config.ts";

/** Null: in memory. */
export function auditFiles(host: Host, config: Config): Files | null {
  return config.text("AUDIT_LOG") === "memory" ? null : (host.files("journal") ?? host.files("workspace"));
}
