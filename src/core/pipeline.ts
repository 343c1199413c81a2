// RECEIVE → DOOR → LANE → TURN → OUTBOX, over rows in a Store. A message accepted here is
// answered once, by an answer or an honest failure; what a crash left is taken up again.

import { type Fault, fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { DRAIN_FLUSH_MS, DRAIN_TURNS_MS } from "../base/limits.ts";
import { orStop, type Scope, withScope } from "../base/scope.ts";
import { count } from "../base/text.ts";
import type { Agent } from "../port/agent.ts";
import type { Sink } from "../port/channel.ts";
import type { Row } from "../port/store.ts";
import { makeAnswering } from "./answering.ts";
import { BEGUN, makeBegun } from "./begun.ts";
import { makeBudget } from "./budget.ts";
import type { CoreDeps } from "./deps.ts";
import { makeDoor } from "./door.ts";
import type { Job } from "./job.ts";
import { BY_SHUTDOWN, makeLanes, type Stopped } from "./lane.ts";
import { makeNews } from "./news.ts";
import { makeOutbox } from "./outbox.ts";
import { makePlans } from "./plans.ts";
import { mayNot } from "./policy.ts";
import { makePrompter } from "./prompt.ts";
import { makeReceive, type Receive, type Taking } from "./receive.ts";
import { recover, tellUnfinished } from "./recover.ts";
import { makeSessions } from "./session.ts";
import { deferred, spawn } from "./slots.ts";
import { makeToolSets } from "./tool-set.ts";
import { runTurn } from "./turn.ts";
import type { Counters, TurnResult } from "./turn-types.ts";
import { makeWaiting } from "./waiting.ts";
import { makeWanWatch } from "./wan-state.ts";

export interface Pipeline {
  readonly sink: Sink;
  readonly agent: Agent;
  /** Works until its scope stops. */
  run(s: Scope): Wait<void>;
  /** Drains: no new messages, running turns get DRAIN_MS, what is answered is sent. */
  close(s: Scope): Promise<void>;
}

const CLOSED = fault("stopped", "MikroClaw is shutting down and takes no more messages.", {
  next: "Try again in a minute.",
  code: "shutdown",
});

const STOPPED_SAYS: Readonly<Record<Stopped, string>> = {
  idle: "Nothing is running here.",
  stopped: "The running turn is stopped.",
  applying:
    "An approved change is being applied right now; cutting it could leave the router half changed. It goes on.",
};

function makeCounters(): Counters {
  return { turns: 0, commands: 0, modelCalls: 0, usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 } };
}

/** What happens to a message once it is recorded: the door decides, nothing is waited for. */
function makeEnter(deps: CoreDeps, rooms: ReturnType<typeof makeRooms>) {
  const door = makeDoor(deps);
  const { answering } = rooms;
  const refuse = (life: Scope, job: Job, why: Fault): void =>
    spawn(deps.log, life, "door", () => answering.answer(life, job, { text: sayFault(why), fault: why }, "refused"));
  const drop = (life: Scope, job: Job, state: "dropped" | "refused", why: Fault): void =>
    spawn(deps.log, life, "door", () => answering.drop(life, job, state, why));
  const stop = (life: Scope, job: Job): void => {
    const did = rooms.lanes.stop(job.lane);
    const left = rooms.lanes.waiting(job.lane);
    const more = left === 0 ? "" : ` ${left} more ${left === 1 ? "message is" : "messages are"} waiting.`;
    const unkept = rooms.waiting.drop(job.lane);
    for (const kept of unkept) drop(life, kept, "dropped", fault("stopped", "The person stopped it."));
    const dropped =
      unkept.length === 0 ? "" : ` Not answered any more: ${count(unkept.length, "message")} that waited for a model.`;
    const text = STOPPED_SAYS[did] + more + dropped;
    spawn(deps.log, life, "door", () => answering.answer(life, job, { text }, "answered"));
  };
  return (life: Scope, job: Job): void => {
    const judged = door.judge(job.m);
    if (judged.kind === "drop") return drop(life, job, "dropped", judged.fault);
    if (judged.kind === "stop") return stop(life, job);
    if (judged.kind === "refuse") {
      if (judged.quiet && !job.local) return drop(life, job, "refused", judged.fault);
      return refuse(life, job, judged.fault);
    }
    const full = rooms.lanes.push(life, job);
    if (full !== null) return refuse(life, job, full);
    spawn(deps.log, life, "door", () => job.note(life, "admitted"));
  };
}

/** No model came back in time, or too many messages wait already. */
function inVain({ fault: why }: TurnResult): TurnResult {
  const { what } = why ?? CLOSED;
  return {
    text: `${what} I could not keep this message any longer; please send it again later.`,
    ...(why && { fault: why }),
  };
}

function makeRooms(deps: CoreDeps, receive: Receive) {
  const plans = makePlans(deps);
  const sessions = makeSessions();
  const toolSet = makeToolSets(deps.tools);
  const prompter = makePrompter(deps);
  const budget = makeBudget(deps);
  const wan = makeWanWatch(deps);
  const counters = makeCounters();
  const outbox = makeOutbox(deps);
  const begun = makeBegun(deps);
  const answering = makeAnswering(deps, { plans, outbox, receive });
  let home: Scope | null = null;
  const news = makeNews(deps, outbox);
  const lanes = makeLanes(deps, {
    async turn(s, job): Promise<TurnResult> {
      const life = home ?? s;
      const ctx = {
        ...{ deps, sessions, prompter, budget, wan, plans, counters, life },
        who: job.m,
        tools: toolSet(() => sessions.of(job.lane)),
        canWait: !job.local,
        behind: !job.local && waiting.isBehind(job),
        kept: waiting.count(),
        begin: (bs: Scope) => begun.begin(bs, job),
        drafts: [],
        progress: job.progress,
        tell: (text: string, rows: readonly Row[]) => news.tell(life, job.m, text, rows),
        applying(on: boolean) {
          job.applying = on;
          if (!on) prompter.forget();
        },
      };
      counters.turns += 1;
      if ((await begun.was(s, job)) === true) return { text: BEGUN };
      const result = await runTurn(s, ctx);
      const told = news.take(job.m);
      return told.length === 0 ? result : { ...result, text: [...told, result.text].join("\n\n") };
    },
    async answer(life, job, result) {
      if (result.later === true && waiting.keep(life, job, result)) return;
      waiting.done(job);
      await answering.answer(life, job, result.later === true ? inVain(result) : result, "answered");
    },
  });
  const waiting = makeWaiting(deps, { outbox, enter: (life, job) => lanes.push(life, job) });
  const live = (s: Scope): void => {
    home = s;
  };
  return { outbox, answering, lanes, news, waiting, live };
}

/** The five rooms over the given store, channels, model and router. */
export function makePipeline(deps: CoreDeps): Pipeline {
  const receive = makeReceive(deps);
  const rooms = makeRooms(deps, receive);
  const enter = makeEnter(deps, rooms);
  const tells = new Set<() => void>();
  const ready = deferred<Scope>();
  let life: Scope | null = null;
  let closing = false;

  const take = async (s: Scope, m: Parameters<Sink["accept"]>[1], more: Taking): Wait<Job> => {
    if (closing) return CLOSED;
    const home = life ?? (await orStop(s, ready.promise));
    if (isFault(home)) return home;
    if (closing || home.stopped !== null) return CLOSED;
    const taken = await receive.take(s, home, m, more);
    if (isFault(taken)) return taken;
    if (taken.fresh) enter(home, taken.job);
    return taken.job;
  };

  const letGo = (): void => {
    for (const job of receive.pending()) {
      job.said.resolve(CLOSED);
      // What only this process knows stays unsettled, so that its channel asks again.
      if (deps.store.keeps === "disk") job.settled.resolve();
    }
  };

  const shut = (): void => {
    if (closing) return;
    closing = true;
    rooms.lanes.close();
    for (const tell of tells) tell();
    tells.clear();
  };

  return {
    sink: {
      onClose(tell) {
        if (closing) tell();
        else tells.add(tell);
        return () => void tells.delete(tell);
      },
      async accept(s, m) {
        const job = await take(s, m, { local: deps.channels.get(m.channel)?.send === undefined });
        if (!isFault(job)) return { settled: job.settled.promise };
        // Its channel would offer it for ever; there is nothing to wait for.
        if (job.code === "malformed") return { settled: Promise.resolve() };
        return job;
      },
    },
    agent: {
      async say(s, m, onProgress) {
        const job = await take(s, m, { local: true, ...(onProgress === undefined ? {} : { progress: onProgress }) });
        return isFault(job) ? job : orStop(s, job.said.promise);
      },
      health: () => deps.health(),
      waiting: () => rooms.waiting.count(),
      audit: async (s, who) => mayNot(deps, who, "manage") ?? deps.audit.text(s),
      stop(channel, chat) {
        let any = false;
        for (const { m, lane } of receive.pending()) {
          if (m.channel !== channel || m.chat !== chat) continue;
          if (rooms.lanes.stop(lane) === "stopped") any = true;
        }
        return any;
      },
    },
    async run(s) {
      rooms.live(s);
      const recovered = await recover(s, deps, { receive, outbox: rooms.outbox, enter, lanes: rooms.lanes });
      if (isFault(recovered)) return recovered;
      life = s;
      ready.resolve(s);
      if (deps.once !== true) spawn(deps.log, s, "news", (ns) => tellUnfinished(ns, deps, rooms.news));
      await new Promise<void>((resolve) => {
        s.onStop(() => resolve());
      });
      shut();
      letGo();
    },
    async close(s) {
      shut();
      const done = await withScope(s, DRAIN_TURNS_MS, (ds) => orStop(ds, rooms.lanes.idle()));
      if (isFault(done)) deps.log.event("info", "drain.turns", { what: done.what });
      rooms.lanes.stopAll(fault("stopped", "The program is shutting down.", { code: BY_SHUTDOWN }));
      const sent = await withScope(s, DRAIN_FLUSH_MS, async (fs) => {
        const idle = await orStop(fs, rooms.lanes.idle());
        return isFault(idle) ? idle : orStop(fs, rooms.outbox.idle());
      });
      if (isFault(sent)) deps.log.event("warn", "drain.replies", { what: sent.what, unsent: rooms.outbox.size });
      letGo();
    },
  };
}
