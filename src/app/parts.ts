// The parts that doctor looks at, each as one question to the real thing.

import { hex } from "../base/bytes.ts";
import { fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import { sayWaiting } from "../core/waiting.ts";
import { openListener } from "../net/http-server.ts";
import type { Host } from "../port/host.ts";
import { loadCommands } from "../ros/commands.ts";
import { unknownMenus } from "../ros/fence.ts";
import type { Config } from "./config.ts";
import type { Part } from "./doctor.ts";
import { askHealth, gatewayPlace } from "./gateway-place.ts";
import { testAsk } from "./model.ts";
import { type Outside, type Start, wireOutside } from "./wire.ts";

declare const __BUILD_MS__: number;

function routerPart(out: Outside): Part {
  return {
    id: "router",
    mend: 'Check ROUTER_HOST and its port; in the router\'s own terminal: /ip/service/print where name~"www"',
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

/** What commands are bound to. */
function scopePart(host: Host, config: Config): Part[] {
  const menus = config.list("ROUTEROS_SCOPE");
  if (menus === undefined) return [];
  return [
    {
      id: "scope",
      async look() {
        const [unknown] = unknownMenus(loadCommands(host.resource), menus);
        if (unknown === undefined) return `Commands are bound to ${menus.join(", ")}.`;
        return fault("input", `ROUTEROS_SCOPE names ${unknown}, which is no menu.`, {
          next: "Write menus as RouterOS does, such as /ip/firewall.",
        });
      },
    },
  ];
}

function modelParts({ models }: Outside): Part[] {
  const none = "Not configured: slash commands and RouterOS commands work without a model.";
  if (models.length === 0) return [{ id: "model", look: async () => none }];
  return models.map(({ choice, service }, i) => ({
    id: i === 0 ? "model" : `model ${i + 1}`,
    mend: "Check LLM_BASE_URL and the way to it; a server of your own may be loading the model.",
    async look(s) {
      const seen = await service.check(s);
      if (!isFault(seen)) return `${choice.title}, ${choice.model}: ${seen}`;
      if (seen.code !== "model_list") return seen;
      const answer = await service.complete(s, testAsk(choice.model), () => undefined);
      return isFault(answer) ? answer : `${choice.title}, ${choice.model}: it answered a question.`;
    },
  }));
}

function gatewayPart(host: Host, config: Config, out: Outside): Part {
  return {
    id: "gateway",
    async look(s) {
      const place = await gatewayPlace(s, host, config);
      if (isFault(place)) return place;
      const at = `${place.host}:${place.port}`;
      const listener = await openListener(s, host, place);
      if (!isFault(listener)) {
        await listener.close();
        return `${at} is free for the gateway.`;
      }
      if (listener.fault !== "conflict") return listener;
      const found = await askHealth(s, out.http, place);
      if (isFault(found)) return listener;
      return `An agent already answers on ${at}.${found.waiting === undefined ? "" : ` ${sayWaiting(found.waiting)}`}`;
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

function workspacePart(host: Host, config: Config): Part {
  const folder = config.text("MIKROCLAW_WORKSPACE") ?? "";
  return {
    id: "workspace",
    async look(s) {
      const files = host.files("workspace");
      if (files === null) return "None mounted: the file tools are off, everything else works.";
      const name = `.mikroclaw-${hex(host.random.bytes(6))}`;
      const written = await files.replace(s, name, encodeUtf8("doctor\n"));
      const tried = isFault(written) ? written : await files.remove(s, name);
      if (!isFault(tried)) return `The file tools can write in ${folder}.`;
      return refault(tried, {
        what: `Nothing can be written in ${folder}: ${tried.what}`,
        next: "Set MIKROCLAW_WORKSPACE to a folder with room that this user may write to.",
      });
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
    ...scopePart(host, config),
    ...modelParts(out),
    gatewayPart(host, config, out),
    telegramPart(config, out),
    workspacePart(host, config),
    clockPart(host),
  ];
}
