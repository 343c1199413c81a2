// The router's own dead man: a job on the router, and where device-mode allows it a
// scheduler entry beside it, that take a change back unless they are removed in time.
// Facts: MikroTik manual, REST API (/execute), Scheduler; device-mode has `scheduler`.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { ARM_TWIN_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { isoTime } from "../base/time.ts";
import type { Clock } from "../port/clock.ts";
import type { RosRow } from "../port/router.ts";
import { orderOf } from "./prepare.ts";
import type { Rest } from "./rest.ts";

/** How a change can be guarded on this router. */
export type Guard = "none" | "job" | "both";

/** What is armed on the router. */
export interface Arm {
  /** Of the change's hash, the beginning. */
  name: string;
  job: string;
  /** Entries of the scheduler. */
  twins: readonly string[];
  guard: Guard;
  /** When it fires, monotonic. */
  untilMs: number;
}

interface Arming {
  rest: Rest;
  clock: Clock;
}

const JOBS = "/system/script/job";
const SCHEDULER = "/system/scheduler";
const SAYS = "mikroclaw: change";

/** What a change is called on the router. */
export const armName = (hash: string): string => hash.slice(0, 12);

const commentOf = (name: string): string => `mikroclaw ${name}`;

/** Which ways there are on this router now; none where its user may not. */
export async function guardOf(s: Scope, rest: Rest): Wait<Guard> {
  const jobs = await jobIds(s, rest);
  if (isFault(jobs)) return jobs.fault === "denied" || jobs.fault === "missing" ? "none" : jobs;
  const mode = await rest.rows(s, { method: "GET", path: "/system/device-mode" });
  const is = (flag: string): boolean => !isFault(mode) && ["true", "yes"].includes(mode[0]?.[flag] ?? "");
  return is("scheduler") && !is("flagged") ? "both" : "job";
}

function undoText({ name, undo }: Charge): string {
  return `${undo}; :do {${SCHEDULER}/remove [find comment="${commentOf(name)}"]} on-error={}; :log warning "${SAYS} ${name} was not confirmed and is taken back"`;
}

/** Entries for a time of the router's own clock, and for its next start; those of `earlier` are set anew. */
async function setTwins(s: Scope, a: Arming, c: Charge, earlier: readonly string[]): Wait<readonly string[]> {
  const clock = await a.rest.rows(s, { method: "GET", path: "/system/clock", query: { ".proplist": "date,time" } });
  if (isFault(clock)) return clock;
  const { date = "", time = "" } = clock[0] ?? {};
  const nowMs = Date.parse(`${date}T${time}Z`);
  if (!Number.isFinite(nowMs)) return fault("failed", "The router's clock cannot be read.");
  const [on = "", at = ""] = isoTime(nowMs + c.inMs + ARM_TWIN_MS)
    .slice(0, 19)
    .split("T");
  const { name } = c;
  const all = { "on-event": undoText(c) };
  const more = { interval: "0s", policy: "read,write,test", comment: commentOf(name), ...all };
  const wanted = [
    { "start-date": on, "start-time": at, name: `mikroclaw-${name}`, ...more },
    { "start-time": "startup", name: `mikroclaw-${name}-boot`, ...more },
  ];
  const ids: string[] = [];
  for (const [i, body] of wanted.entries()) {
    const id = earlier[i];
    const row = await a.rest.rows(
      s,
      id === undefined
        ? { method: "PUT", path: SCHEDULER, body }
        : {
            method: "PATCH",
            path: `${SCHEDULER}/${id}`,
            body: i > 0 ? all : { ...all, "start-date": on, "start-time": at },
          },
    );
    if (isFault(row)) return row;
    ids.push(id ?? row[0]?.[".id"] ?? "");
  }
  return ids;
}

const jobIds = (s: Scope, rest: Rest): Wait<readonly string[]> => orderOf(s, { rest }, JOBS);

/** The id of the job that runs it. A script with a mistake in it ends at once and is none. */
async function startJob(s: Scope, a: Arming, c: Charge): Wait<string> {
  const before = await jobIds(s, a.rest);
  if (isFault(before)) return before;
  const script = `:log info "${SAYS} ${c.name} is armed"; :delay ${c.inMs / 1000}s; ${undoText(c)}`;
  const reply = await a.rest.rows(s, { method: "POST", path: "/execute", body: { script } });
  if (isFault(reply) && !reply.maybeDone) return reply;
  const after = await jobIds(s, a.rest);
  if (isFault(after)) return after;
  const fresh = after.filter((id) => !before.includes(id));
  const named = isFault(reply) ? undefined : reply[0]?.["ret"];
  const job = fresh.find((id) => id === named) ?? (isFault(reply) && fresh.length === 1 ? fresh[0] : undefined);
  return job ?? (isFault(reply) ? reply : fault("failed", "the router ended the job at once."));
}

/** What is to be armed. */
export interface Charge {
  name: string;
  undo: string;
  guard: Guard;
  inMs: number;
}

/** Starts the clock on the router, or starts it anew: nothing may be changed before this has succeeded. */
export async function armRouter(s: Scope, a: Arming, c: Charge, earlier: Arm | null = null): Wait<Arm> {
  const untilMs = a.clock.monoMs() + c.inMs;
  const job = await startJob(s, a, c);
  if (isFault(job)) return unarmed(job);
  const arm: Arm = { name: c.name, job, twins: [], guard: c.guard, untilMs };
  const twins = c.guard === "both" ? await setTwins(s, a, c, earlier?.twins ?? []) : [];
  const over = isFault(twins) || earlier === null ? true : await removed(s, a.rest, `${JOBS}/${earlier.job}`);
  if (!isFault(twins) && over === true) return { ...arm, twins };
  // What stays of it fires once for nothing.
  const off = await disarm(s, a, arm);
  for (const why of [twins, over, off]) if (isFault(why)) return unarmed(why);
  return unarmed(fault("conflict", "it has done so already."));
}

const unarmed = (why: Fault): Fault =>
  refault(why, {
    what: `The router could not be told to take the change back by itself: ${why.what}`,
    next: "Wait a minute, then ask again.",
    maybeDone: false,
    code: "unarmed",
  });

/** False: it was gone already. */
async function removed(s: Scope, rest: Rest, path: string): Wait<boolean> {
  const gone = await rest.call(s, { method: "DELETE", path });
  if (!isFault(gone)) return true;
  return gone.fault === "missing" ? false : gone;
}

/** Stops the clock; false: it had run out. The job goes last: its end decides. */
export async function disarm(s: Scope, { rest }: Pick<Arming, "rest">, arm: Arm): Wait<boolean> {
  if (arm.guard === "both") {
    const query = { comment: commentOf(arm.name), ".proplist": ".id" };
    const left = await rest.rows(s, { method: "GET", path: SCHEDULER, query });
    if (isFault(left)) return left;
    for (const row of left) {
      const gone = await removed(s, rest, `${SCHEDULER}/${row[".id"] ?? ""}`);
      if (isFault(gone)) return gone;
    }
  }
  return removed(s, rest, `${JOBS}/${arm.job}`);
}

/** Names of changes that the log says began and have not ended. */
function openIn(lines: readonly RosRow[]): readonly string[] {
  const open = new Set<string>();
  for (const row of lines) {
    const [, name = "", armed] = /^mikroclaw: change ([0-9a-f]{12}) (is armed)?/.exec(row["message"] ?? "") ?? [];
    if (armed === undefined) open.delete(name);
    else open.add(name);
  }
  return [...open];
}

/** Names of changes that the router still has in hand. */
export async function leftArmed(s: Scope, rest: Rest): Wait<readonly string[]> {
  const ask = async (path: string, props: string): Promise<Outcome<readonly RosRow[]>> => {
    const rows = await rest.rows(s, { method: "GET", path, query: { ".proplist": props } });
    return isFault(rows) && (rows.fault === "denied" || rows.fault === "missing") ? [] : rows;
  };
  const jobs = await ask(JOBS, ".id");
  const entries = await ask(SCHEDULER, "comment");
  // Not every version shows what a job runs.
  const lines = isFault(jobs) || jobs.length === 0 ? jobs : await ask("/log", "message");
  if (isFault(entries)) return entries;
  if (isFault(lines)) return lines;
  const names = entries.flatMap((row) => /^mikroclaw ([0-9a-f]{12})$/.exec(row["comment"] ?? "")?.[1] ?? []);
  return [...new Set([...names, ...openIn(lines)])];
}

/** One line in the router's own log: how it ended. */
export async function logEnd(s: Scope, rest: Rest, name: string, how: "kept" | "taken back"): Promise<void> {
  await rest.call(s, { method: "POST", path: "/log/info", body: { message: `${SAYS} ${name} is ${how}` } });
}
