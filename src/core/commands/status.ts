// /status: the router, the agent and its parts in a few lines; works with the router down.

import { type Fault, fault, isFault, refault, sayFault } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { count, humanBytes, word } from "../../base/text.ts";
import { formatDuration, parseRosDuration } from "../../base/time.ts";
import { rowsIfAny } from "../../ros/rows.ts";
import { type Command, rowsOf } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";
import type { TurnCtx } from "../turn-types.ts";
import { sayWaiting } from "../waiting.ts";

async function routerLines(s: Scope, ctx: TurnCtx): Promise<string[] | Fault> {
  const { router } = ctx.deps;
  if (router === null) return fault("missing", "not configured.", { next: "Set ROUTER_HOST and start again." });
  const rows = await rowsOf(s, ctx, "/system/resource", 1);
  if (isFault(rows)) return refault(rows, { what: `cannot be read. ${rows.what}` });
  const r = rows[0] ?? {};
  const names = await rowsIfAny(s, readerOf(ctx), "/system/identity");
  const health = await rowsIfAny(s, readerOf(ctx), "/system/health");
  const up = parseRosDuration(r["uptime"] ?? "");
  const used = Number(r["total-memory"] ?? 0) - Number(r["free-memory"] ?? 0);
  const lines = [
    `Router: ${word(isFault(names) ? "" : names[0]?.["name"])} (${word(r["board-name"])}, RouterOS ${word(r["version"])})`,
    `Up ${isFault(up) ? word(r["uptime"]) : formatDuration(up)}, CPU ${word(r["cpu-load"])} % of ${count(Number(r["cpu-count"] ?? 1), "core")}`,
    `Memory ${humanBytes(String(Math.max(0, used)))} of ${humanBytes(r["total-memory"])} used, disk ${humanBytes(r["free-hdd-space"])} free`,
  ];
  const sensors = isFault(health) ? [] : health.filter((h) => h["name"] !== undefined && h["value"] !== undefined);
  if (sensors.length > 0) {
    lines.push(
      sensors
        .slice(0, 6)
        .map((h) => `${word(h["name"])} ${word(h["value"])} ${word(h["type"])}`.trim())
        .join(", "),
    );
  }
  return lines;
}

export const status: Command = {
  name: "status",
  usage: "",
  purpose: "how the router and MikroClaw are doing",
  async run(s, ctx) {
    const { deps } = ctx;
    const upMs = deps.clock.monoMs() - deps.startedAtMs;
    const model =
      deps.model === null
        ? "Model: none configured"
        : `Model: ${deps.model.links.map((l) => l.name).join(", ")}, ${deps.health()["llm"] === true ? "reachable" : "not reached yet"}`;
    const open = ctx.plans.of(ctx.who).map((p) => p.id);
    const router = await routerLines(s, ctx);
    if (s.stopped !== null) return s.stopped;
    const lines = [
      ...(isFault(router) ? [`Router: ${sayFault(router)}`] : router),
      `MikroClaw ${deps.version}: up ${formatDuration(upMs)}`,
      model,
      ...(ctx.kept > 0 ? [sayWaiting(ctx.kept)] : []),
      ...(open.length > 0 ? [`Plans waiting for you: ${open.join(", ")}`] : []),
    ];
    return { text: lines.join("\n"), ...(isFault(router) ? { fault: router } : {}) };
  },
};
