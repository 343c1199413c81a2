// The router changes between a plan and its approval, and while it is carried out: rows edited,
// removed, put back, written anew under their old ids, moved; another router. Nothing is sent
// that was not approved, and nothing approved is sent to a row that is not the one shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { makePrng, type Prng } from "../../src/host/sim/prng.ts";
import type { Request } from "../../src/port/http.ts";
import type { Plan } from "../../src/port/router.ts";
import { simRig } from "../support/ros-rig.ts";
import { RUNS, SEED } from "../support/seed.ts";

type Rig = ReturnType<typeof simRig>;

const FILTER = "/ip/firewall/filter";
const COMMANDS: readonly string[] = [
  `${FILTER}/add chain=forward action=drop src-address=192.168.88.20 comment=mine place-before=ROW`,
  `${FILTER}/add chain=forward action=accept src-address=192.168.88.21 comment=mine`,
  `${FILTER}/set ROW disabled=yes`,
  `${FILTER}/set ROW comment=mine`,
  `${FILTER}/remove ROW`,
  `${FILTER}/move ROW destination=OTHER`,
  `${FILTER}/reset-counters ROW`,
  `${FILTER}/set ROW comment=mine; ${FILTER}/remove OTHER; /ip/dns/set servers=9.9.9.9`,
  "/ip/dns/set servers=9.9.9.9",
  "/ip/dns/static/set STATIC address=192.168.88.66",
  "/ip/dns/static/remove STATIC",
  "/ip/dns/static/add name=mine.lan address=192.168.88.67; /ip/dns/static/set STATIC comment=mine",
  "/ip/dhcp-server/lease/make-static LEASE; /ip/dhcp-server/lease/set LEASE comment=mine",
  "/system/note/set note=mine",
];
const MENUS = [FILTER, "/ip/dns", "/ip/dns/static", "/ip/dhcp-server/lease", "/system/note"];
// What the router counts, finds out or times by itself.
const BY_ROUTER =
  /^(\.id|bytes|packets|invalid|dynamic|cache-used|expires-after|last-seen|status|active-.*|host-name|age|address-lists)$/;

type Rows = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What somebody could have set, by menu and id; the order as a field. */
function stateOf(r: Rig): Rows {
  const all = new Map<string, Record<string, string>>();
  for (const menu of MENUS) {
    for (const row of r.sim.rows(menu)) {
      const set = Object.entries(row).filter(([name]) => !BY_ROUTER.test(name));
      all.set(`${menu}/${row[".id"] ?? ""}`, Object.fromEntries(set));
    }
  }
  return all;
}

const idsOf = (r: Rig, menu: string, fits: (row: Record<string, string>) => boolean = () => true): string[] =>
  r.sim.rows(menu).flatMap((row) => (fits({ ...row }) ? [row[".id"] ?? ""] : []));

/** What another session does; null: there is nothing to do it to. */
type Drift = (r: Rig, chance: Prng, named: { menu: string; id: string }) => string | null;

const FIELD: Readonly<Record<string, string>> = {
  [FILTER]: "src-address=10.1.2.3",
  "/ip/dns/static": "address=10.1.2.3",
  "/ip/dhcp-server/lease": "comment=theirs",
};
const ANEW: Readonly<Record<string, string>> = {
  [FILTER]: "chain=forward action=accept comment=theirs src-address=10.9.8.7",
  "/ip/dns/static": "name=theirs.lan address=10.9.8.7 comment=theirs",
  "/ip/dhcp-server/lease": "comment=theirs",
};

const DRIFTS: Readonly<Record<string, Drift>> = {
  "field edited": (_r, _c, { menu, id }) => (FIELD[menu] === undefined ? null : `${menu}/set ${id} ${FIELD[menu]}`),
  "comment edited": (_r, _c, { menu, id }) => (FIELD[menu] === undefined ? null : `${menu}/set ${id} comment=theirs`),
  "switched off": (_r, _c, { menu, id }) => (FIELD[menu] === undefined ? null : `${menu}/set ${id} disabled=yes`),
  removed: (_r, _c, { menu, id }) => (FIELD[menu] === undefined ? null : `${menu}/remove ${id}`),
  // To a client the same as its id given to another row.
  "another row under its id": (_r, _c, { menu, id }) =>
    ANEW[menu] === undefined ? null : `${menu}/set ${id} ${ANEW[menu]}`,
  "removed and put back": (_r, _c, { menu, id }) =>
    menu === FILTER ? `${menu}/add ${ANEW[menu]} place-before=${id}; ${menu}/remove ${id}` : null,
  "moved to the end": (r, _c, { menu, id }) =>
    menu === FILTER && idsOf(r, FILTER).at(-1) !== id ? `${menu}/move ${id}` : null,
  "another moved": (r, c) => {
    const ids = idsOf(r, FILTER);
    const [a, b] = [c.pick(ids), c.pick(ids)];
    return a === b ? null : `${FILTER}/move ${a} ${b}`;
  },
  "another row added": () => `${FILTER}/add chain=forward action=passthrough comment=theirs`,
  "another row edited": (r, c) => `${FILTER}/set ${c.pick(idsOf(r, FILTER))} comment=theirs`,
  "servers edited": () => "/ip/dns/set servers=8.8.8.8",
  "note edited": () => "/system/note/set note=theirs",
  "another router": () => "/system/identity/set name=theirs",
  nothing: () => null,
};

interface Write {
  at: number;
  menu: string;
  line: string;
  ids: readonly string[];
  rows: Rows;
}

const HOUSEKEEPING = /^\S+ \/(execute|log\/|system\/scheduler|system\/script\/job|safe-mode|console)/;
const lineOf = (r: Request): string => {
  const path = r.url.replace(/^https?:\/\/[^/]+\/rest/, "");
  return `${r.method} ${path}${r.body === undefined ? "" : ` ${String(r.body)}`}`;
};
const menuIn = (line: string): string => MENUS.findLast((m) => line.includes(` ${m}`)) ?? line;
const idsIn = (line: string): string[] => [...line.matchAll(/\*[0-9A-F]+/g)].map(([id]) => id);
const isRead = ({ method, url }: Request): boolean => method === "GET" || /\/(print|ping|monitor)$/.test(url);

/** Fills in the rows that a command is about. */
function commandFor(r: Rig, chance: Prng): { command: string; named: { menu: string; id: string } } {
  const rule = chance.pick(idsOf(r, FILTER, (row) => row["dynamic"] !== "true"));
  const other = chance.pick(idsOf(r, FILTER, (row) => row["dynamic"] !== "true" && row[".id"] !== rule));
  const fixed = chance.pick(idsOf(r, "/ip/dns/static"));
  const lease = chance.pick(idsOf(r, "/ip/dhcp-server/lease", (row) => row["dynamic"] === "true"));
  const text = chance.pick(COMMANDS);
  const command = text
    .replaceAll("ROW", rule)
    .replaceAll("OTHER", other)
    .replaceAll("STATIC", fixed)
    .replaceAll("LEASE", lease);
  const ids: Readonly<Record<string, string>> = { ROW: rule, STATIC: fixed, LEASE: lease };
  const mark = Object.keys(ids).find((m) => text.includes(m)) ?? "ROW";
  const menu = mark === "STATIC" ? "/ip/dns/static" : mark === "LEASE" ? "/ip/dhcp-server/lease" : FILTER;
  const use = text.includes("OTHER") && chance.chance(30) ? other : (ids[mark] ?? rule);
  return { command, named: { menu, id: use } };
}

interface Run {
  plan: Plan;
  planned: Rows;
  writes: readonly Write[];
  /** The number of the request before which the other session acted; 0: before the first. */
  driftAt: number;
  told: string;
  reads: ReadonlySet<number>;
  what: string;
}

async function oneRun(seed: number): Promise<Run | null> {
  const chance = makePrng(seed, "drift");
  const r = simRig(seed % 97);
  const { command, named } = commandFor(r, chance);
  const plan = await r.run(r.router.plan(r.world.scope, command));
  if (isFault(plan)) return null;
  const planned = stateOf(r);
  const name = chance.pick(Object.keys(DRIFTS));
  const act = DRIFTS[name]?.(r, chance, named) ?? null;
  const first = r.requests.length;
  // Between plan and approval, or before one of the requests.
  let driftAt = act === null || chance.chance(40) ? first : first + 1 + chance.below(24);
  const drift = (): void => {
    // It may be too late for it: the row is gone.
    if (act !== null && r.sim.run(act) !== null) driftAt = Number.POSITIVE_INFINITY;
  };
  if (driftAt === first) drift();
  const writes: Write[] = [];
  const reads = new Set<number>();
  r.meets = (n, request) => {
    if (n === driftAt && n > first) drift();
    const line = lineOf(request);
    if (isRead(request)) reads.add(n);
    else if (!HOUSEKEEPING.test(line))
      writes.push({ at: n, line, menu: menuIn(line), ids: idsIn(line), rows: stateOf(r) });
    return null;
  };
  const changed = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
  if (!isFault(changed) && changed.state === "pending")
    await r.run(r.router.settle(r.world.scope, plan.hash, chance.chance(50) ? "keep" : "revert"));
  const told = isFault(changed) ? changed.fault : changed.state;
  if (act === null || driftAt > r.requests.length) driftAt = Number.POSITIVE_INFINITY;
  return {
    plan,
    planned,
    writes,
    driftAt,
    told,
    reads,
    what: `seed ${seed}, ${command}, ${name} (${act}) at ${driftAt - first}`,
  };
}

/** True when the other session acted after the last look before this write: nobody can see that. */
function inWindow({ driftAt, reads }: Run, { at }: Write): boolean {
  let from = at;
  while (reads.has(from - 1)) from -= 1;
  return driftAt > from && driftAt <= at;
}

/** An undo of what was sent before: the same menu, and no new values that nobody has seen. */
const mayUndo = (line: string, sent: readonly string[]): boolean => sent.some((done) => menuIn(done) === menuIn(line));

/** Looks at the rows that an approved call names, as they are when it comes. */
function judgeRows(run: Run, write: Write, touched: ReadonlySet<string>, count: (what: string) => void): void {
  for (const id of write.ids) {
    const key = `${write.menu}/${id}`;
    const isAsShown = JSON.stringify(write.rows.get(key)) === JSON.stringify(run.planned.get(key));
    if (isAsShown || touched.has(key)) continue;
    assert.ok(inWindow(run, write), `${run.what}: ${write.line} met another row`);
    count("in the window");
  }
}

function judge(run: Run, count: (what: string) => void): void {
  const approved = run.plan.calls.map((c) => `${c.method} ${c.path}${c.body === undefined ? "" : ` ${c.body}`}`);
  const sent: string[] = [];
  const touched = new Set<string>();
  for (const write of run.writes) {
    if (!approved.includes(write.line) || sent.includes(write.line)) {
      assert.ok(mayUndo(write.line, sent), `${run.what}: sent without approval: ${write.line}`);
      count("taken back");
      continue;
    }
    count("sent");
    judgeRows(run, write, touched, count);
    for (const id of write.ids) touched.add(`${write.menu}/${id}`);
    sent.push(write.line);
  }
  count(run.told);
}

test("drift between plan and apply: nothing is applied that was not approved", async (t) => {
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const runs = RUNS(200);
  for (let i = 0; i < runs; i += 1) {
    const run = await oneRun(SEED + i);
    if (run === null) count("no plan");
    else judge(run, count);
  }
  t.diagnostic(`${runs} runs: ${JSON.stringify(counts)}`);
  for (const end of ["conflict", "kept", "sent", "taken back"])
    assert.ok((counts[end] ?? 0) > 0, `no run ended so: ${end}`);
});
