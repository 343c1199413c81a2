// One conversation with the whole program: an owner and a stranger in Telegram, a model, a
// router, all on a simulated network. The owner asks, reads, orders a change and approves
// it by its button; afterwards the invariants are looked at. Plain ECMAScript.

import { fault } from "../../../src/base/fault.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { makeSimRouter, type SimRouter } from "../../../src/edges/simrouter/rest.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import { loadCommands } from "../../../src/ros/commands.ts";
import { type AgentMachine, agentMachine } from "./agent-machine.ts";
import { type ModelAnswer, type ModelAsk, type ModelServer, modelServer } from "./model-server.ts";
import { type Peer, startPeer } from "./peer.ts";
import { makePerson, type Person } from "./people.ts";
import { type TelegramServer, telegramServer } from "./telegram-server.ts";

const OWNER = 1001;
const STRANGER = 1666;
const BOT_TOKEN = "4711:bot-token-secret-text";
const ROUTER_PASS = "router-pass-secret-text";
const LLM_KEY = "llm-key-secret-text";
/** An answer may take this long before it counts as lost: outages included. */
const ANSWER_MS = 1_800_000;
const THINK_MS = 3_000;

export interface StoryOptions {
  /** The packed command tree. */
  commands: Readonly<Record<string, Uint8Array>>;
  /** Called once the world is built: faults and outages go here. */
  trouble?: (story: Story) => void;
}

export interface Story {
  readonly world: World;
  readonly agent: AgentMachine;
  readonly router: SimRouter;
  readonly routerPeer: Peer;
  readonly model: ModelServer;
  readonly telegram: TelegramServer;
  readonly owner: Person;
  readonly stranger: Person;
  /** Resolves with what was found wrong; empty = all is well. */
  readonly main: Promise<readonly string[]>;
}

/** What the scripted model does: it reads leases, or orders a change, and quotes what tools said. */
function script(ask: ModelAsk): ModelAnswer {
  if (ask.results.length > 0) return { text: `The router says: ${ask.results.join(" | ").slice(0, 1_500)}` };
  if (ask.lastUser.includes("printer")) {
    return {
      calls: [
        { name: "routeros_execute", args: { command: "/ip/dns/static/add name=printer.lan address=192.168.88.40" } },
      ],
    };
  }
  if (ask.lastUser.includes("devices")) {
    return {
      calls: [
        { name: "routeros_print", args: { menu: "/ip/dhcp-server/lease" } },
        { name: "routeros_print", args: { menu: "/interface" } },
      ],
    };
  }
  return { text: "Hello." };
}

function env(): Record<string, string> {
  return {
    ROUTER_HOST: "http://router:80",
    ROUTER_USER: "claw",
    ROUTER_PASS,
    LLM_BASE_URL: "http://model:8000/v1",
    LLM_API_KEY: LLM_KEY,
    MODEL: "sim-model",
    BOT_TOKEN,
    TELEGRAM_ALLOWLIST: String(OWNER),
    TELEGRAM_API_ROOT: "http://telegram:8081",
  };
}

/** Builds the world and starts the conversation. */
export function tell(world: World, options: StoryOptions): Story {
  const { commands } = options;
  const routerHost: { router: SimRouter | null } = { router: null };
  const routerPeer = startPeer(world, { name: "router", address: "10.0.0.1", port: 80 }, (host) => {
    const made = makeSimRouter({
      tree: loadCommands((name) => commands[name] ?? null, "simulator"),
      clock: host.clock,
      seed: world.seed,
      user: "claw",
      password: ROUTER_PASS,
    });
    routerHost.router = made;
    return made.handler;
  });
  const router = routerHost.router;
  if (router === null) throw new Error("the router was not made");
  const model = modelServer(world, { name: "model", address: "10.0.0.2", port: 8_000 }, script);
  const telegram = telegramServer(world, { name: "telegram", address: "10.0.0.3", port: 8_081, token: BOT_TOKEN });
  const owner = makePerson(world, telegram, OWNER, "Olivia");
  const stranger = makePerson(world, telegram, STRANGER, "Mallory");
  const agent = agentMachine(world, { address: "10.0.0.9", env: env(), args: ["gateway"], resources: commands });
  const parts = { world, agent, router, routerPeer, model, telegram, owner, stranger };
  const story: Story = { ...parts, main: live(parts) };
  options.trouble?.(story);
  return story;
}

type Parts = Omit<Story, "main">;

async function live(parts: Parts): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { routerPeer, model, telegram, world } = parts;
  await Promise.all([routerPeer.ready, model.ready, telegram.ready]);
  const root = rootScope(telegram.host.timers);
  const pause = async (ms: number): Promise<void> => void (await telegram.host.clock.sleep(root.scope, ms));
  await talk(parts, pause, wrong);
  // Until outages are over: after a power cut the last message is handed over once more.
  await pause(150_000);
  await parts.agent.stop();
  // The completions of what was cancelled at the end still have to come.
  await pause(100);
  look(parts, wrong);
  root.stop(fault("stopped", "The story is over."));
  await root.end();
  if (world.nowMs() > 6 * 3_600_000) wrong.push(`it took ${world.nowMs()} ms`);
  return wrong;
}

/** Waits until the bot has written more than `heard` messages. */
async function answered(
  parts: Parts,
  pause: (ms: number) => Promise<void>,
  heard: number,
  what: string,
  wrong: string[],
): Promise<void> {
  const until = parts.world.nowMs() + ANSWER_MS;
  while (parts.owner.heard().length <= heard) {
    if (parts.world.nowMs() > until) {
      wrong.push(`no answer to ${what}`);
      return;
    }
    await pause(500);
  }
  // Pieces, and repeats of a send whose reply was lost, belong to the same answer.
  await pause(THINK_MS);
}

/** What an owner may say besides, by seed. */
const SMALL_TALK = [
  "/status",
  "/interfaces",
  "/wan",
  "/wifi",
  "/log",
  "/find kids-tablet",
  "/lease kids-tablet",
  "/backup",
  "/help",
  "/block kids-tablet",
  "/run /ip/route/print where dst-address=0.0.0.0/0",
  "/ip/address/print",
  "/interface/wireguard/print",
  "/ip firewall filter print where action=drop",
  "/system/reboot",
  "/nonsense",
  "/ip/adress/print",
  "hello",
  "/new",
  "/stop",
  "/approve ZZZZZZ",
  "which devices are on my network, by any chance?",
];

async function talk(parts: Parts, pause: (ms: number) => Promise<void>, wrong: string[]): Promise<void> {
  const { owner, stranger, world } = parts;
  const chance = world.chance("talk");
  const ask = async (text: string): Promise<void> => {
    const heard = owner.heard().length;
    owner.says(text);
    await answered(parts, pause, heard, text, wrong);
  };
  await ask("/devices");
  stranger.says("/status");
  for (let i = chance.below(3); i > 0; i -= 1) await ask(chance.pick(SMALL_TALK));
  await ask("which devices are on my network?");
  await ask("give the printer a name");
  const heard = owner.heard().length;
  if (owner.presses("a:")) {
    await answered(parts, pause, heard, "the press", wrong);
    const again = owner.heard().length;
    if (owner.presses("a:")) await answered(parts, pause, again, "the second press", wrong);
  }
  for (let i = chance.below(4); i > 0; i -= 1) await ask(chance.pick(SMALL_TALK));
  await ask("/usage");
}

const SECRETS = [BOT_TOKEN, ROUTER_PASS, LLM_KEY];

/** What must hold whatever went wrong on the way. */
function look(parts: Parts, wrong: string[]): void {
  const { agent, router, owner, stranger, model, telegram } = parts;
  const added = router.world.rows("/ip/dns/static").filter((r) => r["name"] === "printer.lan").length;
  const puts = router.world.calls.filter((c) => c.method === "PUT" && c.path.includes("/ip/dns/static")).length;
  if (added > 1) wrong.push(`the entry was added ${added} times`);
  if (puts > 1) wrong.push(`the write was sent ${puts} times`);
  const texts = owner.heard().map((m) => m.text);
  if (stranger.heard().length > 0) wrong.push("the stranger was answered");
  if (agent.machine.openHandles !== 0) wrong.push(`${agent.machine.openHandles} handles are open at the end`);
  if (agent.machine.pendingOps !== 0)
    wrong.push(`operations under way at the end: ${agent.machine.pending().join("; ")}`);
  const seen = [
    ...agent.machine.logs,
    ...agent.machine.printed,
    ...agent.machine.printedErr,
    ...texts,
    ...model.asks.map((a) => JSON.stringify(a.messages)),
  ];
  for (const hidden of [...SECRETS, ...routerSecrets(router)]) {
    if (seen.some((text) => text.includes(hidden))) wrong.push(`a secret was shown (${hidden.slice(0, 4)}…)`);
  }
  if (telegram.state.queue.length > 0)
    wrong.push(`${telegram.state.queue.length} updates are not confirmed at the end`);
  const bugs = agent.machine.logs.filter((l) => l.includes(".bug") || l.includes("internal"));
  if (bugs.length > 0) wrong.push(`a bug was logged: ${bugs[0]}`);
}

function routerSecrets(router: SimRouter): string[] {
  const fields = ["private-key", "preshared-key", "passphrase", "security.passphrase", "password"];
  const menus = ["/interface/wireguard", "/interface/wireguard/peers", "/interface/wifi/security", "/ppp/secret"];
  const found = menus.flatMap((menu) => router.world.rows(menu).flatMap((r) => fields.map((f) => r[f] ?? "")));
  return found.filter((v) => v.length >= 6 && !v.startsWith("*"));
}

/** Did the change happen, and was the owner told so? For tests of one outcome. */
export function outcome(story: Story): { added: boolean; told: string } {
  const rows = story.router.world.rows("/ip/dns/static");
  return {
    added: rows.some((r) => r["name"] === "printer.lan"),
    told: story.owner
      .heard()
      .map((m) => m.text)
      .join("\n---\n"),
  };
}
