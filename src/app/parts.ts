// The parts that doctor looks at, each as one question to the real thing.

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { CONFIG_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Host } from "../port/host.ts";
import type { Config } from "./config.ts";
import type { Part } from "./doctor.ts";
import { type Outside, type Start, wireOutside } from "./wire.ts";

declare const __BUILD_MS__: number;

function routerPart(out: Outside): Part {
  return {
    id: "router",
    async look(s) {
      if (out.router === null) {
        return fault("missing", "No router is configured.", { next: "Set ROUTER_HOST, ROUTER_USER and ROUTER_PASS." });
      }
      const facts = await out.router.facts(s);
      if (isFault(facts)) return facts;
      return `${facts.identity}: RouterOS ${facts.version} on ${facts.board}, up ${facts.uptime}.`;
    },
  };
}

function modelPart({ model }: Outside): Part {
  return {
    id: "model",
    async look(s) {
      if (model === null) return "Not configured: slash commands and RouterOS commands work without a model.";
      const seen = await model.service.check(s);
      return isFault(seen) ? seen : `${model.choice.title}, ${model.choice.model}: ${seen}`;
    },
  };
}

function gatewayPart(host: Host, config: Config, out: Outside): Part {
  return {
    id: "gateway",
    async look(s) {
      const bind = config.text("GATEWAY_BIND") ?? "127.0.0.1";
      const port = config.number("GATEWAY_PORT") ?? 0;
      const listener = await host.listen(s, { host: bind, port });
      if (!isFault(listener)) {
        await listener.close();
        return `${bind}:${port} is free for the gateway.`;
      }
      if (listener.fault !== "conflict") return listener;
      const url = `http://${bind === "0.0.0.0" ? "127.0.0.1" : bind}:${port}/health/heartbeat`;
      const r = await out.http.send(s, {
        method: "GET",
        url,
        headers: [],
        maxBytes: CONFIG_BYTES_MAX,
        repeatable: true,
      });
      if (!isFault(r) && r.status === 200) return `An agent already answers on ${bind}:${port}.`;
      return fault("conflict", `Port ${port} is in use by something else.`, {
        next: "Choose another: GATEWAY_PORT=18790",
      });
    },
  };
}

function telegramPart(config: Config, out: Outside): Part {
  return {
    id: "telegram",
    async look(s) {
      const channel = out.channels.running.find((c) => c.id === "telegram");
      if (channel === undefined) return "Not configured.";
      const seen = await channel.check(s);
      if (isFault(seen)) return seen;
      if ((config.list("TELEGRAM_ALLOWLIST") ?? []).length === 0) {
        return fault("denied", `${seen} But nobody may talk to it.`, {
          next: "Set TELEGRAM_ALLOWLIST to your user name or id.",
        });
      }
      return seen;
    },
  };
}

function workspacePart(host: Host): Part {
  return {
    id: "workspace",
    async look(s) {
      const files = host.files("workspace");
      if (files === null) return "None mounted: the file tools are off, everything else works.";
      const seen = await files.stat(s, "");
      if (isFault(seen) && seen.fault !== "missing") return seen;
      return "The file tools have a workspace.";
    },
  };
}

function clockPart(host: Host): Part {
  return {
    id: "clock",
    look: async (): Wait<string> =>
      host.clock.wallMs() >= __BUILD_MS__
        ? "The clock is right enough for certificates."
        : fault("conflict", "The clock is older than this build, so certificates cannot be checked.", {
            next: "On the router: /system/ntp/client/set enabled=yes servers=pool.ntp.org",
          }),
  };
}

/** All parts; a fault is a configuration that cannot work at all. */
export async function doctorParts(
  s: Scope,
  host: Host,
  config: Config,
  start: Start,
): Promise<Outcome<readonly Part[]>> {
  const out = await wireOutside(s, host, config, start);
  if (isFault(out)) return out;
  return [
    routerPart(out),
    modelPart(out),
    gatewayPart(host, config, out),
    telegramPart(config, out),
    workspacePart(host),
    clockPart(host),
  ];
}
