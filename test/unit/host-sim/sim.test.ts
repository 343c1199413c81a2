// The simulator as a whole: streams between machines, determinism, faults at every operation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "../../../src/base/bytes.ts";
import { fault, isFault, type Outcome, type Wait } from "../../../src/base/fault.ts";
import { HOST_OPS_MAX } from "../../../src/base/limits.ts";
import { rootScope, type Scope, withScope } from "../../../src/base/scope.ts";
import type { FaultRule } from "../../../src/host/sim/faults.ts";
import type { SimMachine } from "../../../src/host/sim/machine.ts";
import { CODE, OP, SYNC } from "../../../src/port/abi.ts";
import type { Host, Stream } from "../../../src/port/host.ts";
import { drive, settle } from "../../sim/support/drive.ts";
import { machineOn, ok, withRoot, world } from "../../sim/support/worlds.ts";
import { RUNS, SEED } from "../../support/seed.ts";

async function readAll(s: Scope, stream: Stream, max: number): Wait<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await stream.read(s, max);
    if (isFault(piece)) return piece;
    if (piece.length === 0) return concat(pieces);
    pieces.push(piece);
  }
}

/** Serves one connection: sends back all it read, once it has read all. */
async function echoOnce(s: Scope, host: Host): Wait<void> {
  const listener = await host.listen(s, { host: "0.0.0.0", port: 7 });
  if (isFault(listener)) return listener;
  const stream = await listener.accept(s);
  await listener.close();
  if (isFault(stream)) return stream;
  const all = await readAll(s, stream, 5_000);
  const sent = isFault(all) ? all : await stream.write(s, all);
  if (!isFault(sent)) await stream.shutdown(s);
  await stream.close();
  return isFault(sent) ? sent : undefined;
}

async function askOnce(s: Scope, host: Host, bytes: Uint8Array): Wait<Uint8Array> {
  const stream = await host.connect(s, { host: "server", port: 7 });
  if (isFault(stream)) return stream;
  const written = await stream.write(s, bytes);
  const shut = isFault(written) ? written : await stream.shutdown(s);
  const answer = isFault(shut) ? shut : await readAll(s, stream, 16_384);
  await stream.close();
  return answer;
}

async function exchange(
  seed: number,
  size: number,
): Promise<{ answer: Uint8Array; hash: string; sent: Uint8Array; ops: number }> {
  const w = world(seed);
  const server = machineOn(w, "server", { address: "10.0.0.1" });
  const client = machineOn(w, "client", { address: "10.0.0.2" });
  const sent = w.chance("body").bytes(size);
  const answer = await drive(w, () =>
    withRoot(server.host, async (up) => {
      const served = echoOnce(up, server.host);
      const got = await withRoot(client.host, async (s) => {
        await ok(client.host.clock.sleep(s, 1));
        return ok(askOnce(s, client.host, sent));
      });
      await ok(served);
      return got;
    }),
  );
  assert.equal(server.machine.openHandles + client.machine.openHandles, 0);
  assert.equal(server.machine.pendingOps + client.machine.pendingOps, 0);
  return { answer, sent, hash: w.trace.hash(), ops: w.faults.submitted("client") };
}

test("bytes arrive whole and in order whatever the pieces are", async () => {
  for (let i = 0; i < RUNS(40); i += 1) {
    const { answer, sent } = await exchange(SEED + i, [0, 1, 1_000, 70_000, 300_000][i % 5] ?? 0);
    assert.deepEqual(answer, sent);
  }
});

test("the same seed gives the same trace, another seed another", async () => {
  const a = await exchange(SEED, 20_000);
  const b = await exchange(SEED, 20_000);
  const c = await exchange(SEED + 1, 20_000);
  assert.equal(a.hash, b.hash);
  assert.notEqual(a.hash, c.hash);
});

/** The exchange with a fault rule: what the client got, and what it left behind. */
async function underFault(
  seed: number,
  rule: Partial<FaultRule> & Pick<FaultRule, "nth" | "mode" | "how">,
): Promise<Outcome<Uint8Array>> {
  const w = world(seed);
  const server = machineOn(w, "server", { address: "10.0.0.1" });
  const client = machineOn(w, "client", { address: "10.0.0.2" });
  const sent = w.chance("body").bytes(9_000);
  w.faults.add({ machine: "client", ...rule });
  const got = await drive(w, () =>
    withRoot(server.host, async (up) => {
      // The server gives up by itself when its client never comes or falls silent.
      const served = withScope(up, 300_000, (s) => echoOnce(s, server.host));
      await ok(server.host.clock.sleep(up, 1));
      const answer = await withRoot(client.host, (s) =>
        withScope(s, 100_000, (inner) => askOnce(inner, client.host, sent)),
      );
      await served;
      return answer;
    }),
  );
  // The completions of cancelled timers are still to come.
  await settle(w, w.nowMs() + 5);
  const what = `seed ${seed} ${JSON.stringify(rule)}`;
  assert.equal(client.machine.openHandles + server.machine.openHandles, 0, `${what}: a handle is left`);
  assert.equal(client.machine.pendingOps + server.machine.pendingOps, 0, `${what}: an operation is left`);
  if (!isFault(got)) assert.deepEqual(got, sent, what);
  return got;
}

for (const how of ["code", "lost", "hang"] as const) {
  for (const mode of ["once", "from"] as const) {
    test(`every operation of a client in turn: ${how}, ${mode}: a fault or the right answer, nothing left open`, async () => {
      const { ops } = await exchange(SEED, 9_000);
      let faults = 0;
      for (let nth = 1; nth <= ops; nth += 1) {
        if (isFault(await underFault(SEED, { nth, mode, how, ops: NO_TIMERS }))) faults += 1;
      }
      assert.ok(faults > 0, "no operation failed");
    });
  }
}

const NO_TIMERS = Object.values(OP).filter((op) => op !== OP.TIMER);

test("a lost reply: the server has the request, the client does not know", async () => {
  const got = await underFault(SEED, { nth: 1, mode: "once", how: "lost", ops: [OP.WRITE] });
  assert.ok(isFault(got) && got.code === "reset");
});

test("too many operations at once are BUSY, and each still completes once", () => {
  const w = world(SEED);
  const machine = w.machine("m", { address: "10.0.0.1" });
  const codes = new Map<number, number>();
  machine.onComplete((id, code) => {
    assert.ok(!codes.has(id));
    codes.set(id, code);
  });
  for (let id = 1; id <= HOST_OPS_MAX + 3; id += 1) machine.abi.submit(id, OP.TIMER, 5);
  assert.equal(codes.size, 0, "completed inside submit");
  while (w.step());
  assert.equal(codes.size, HOST_OPS_MAX + 3);
  const busy = [...codes]
    .filter(([, code]) => code === CODE.BUSY)
    .map(([id]) => id)
    .sort();
  assert.deepEqual(busy, [HOST_OPS_MAX + 1, HOST_OPS_MAX + 2, HOST_OPS_MAX + 3]);
});

test("step delivers exactly one completion, in order of time, then machine, then id", () => {
  const w = world(SEED);
  const seen: string[] = [];
  for (const name of ["x", "y"]) {
    const machine = w.machine(name, { address: name === "x" ? "10.0.0.1" : "10.0.0.2" });
    machine.onComplete((id) => void seen.push(`${name}${id}@${w.nowMs()}`));
    for (const id of [3, 1, 2]) machine.abi.submit(id, OP.TIMER, 10 * id);
  }
  let steps = 0;
  let lastMs = 0;
  while (w.step()) {
    steps += 1;
    assert.equal(seen.length, steps);
    assert.ok(w.nowMs() >= lastMs);
    lastMs = w.nowMs();
  }
  assert.equal(steps, 6);
  assert.deepEqual(
    seen.map((s) => s.slice(0, 2)).filter((s) => s.startsWith("x")),
    ["x1", "x2", "x3"],
  );
});

test("an exited, killed or crashed machine completes nothing more and ignores late calls", () => {
  const endings = [
    (m: SimMachine) => void m.abi.sync(SYNC.EXIT, 3),
    (m: SimMachine) => m.kill(),
    (m: SimMachine) => m.crash(),
  ];
  for (const end of endings) {
    const w = world(SEED);
    const machine = w.machine("m", { address: "10.0.0.1" });
    let completions = 0;
    machine.onComplete(() => {
      completions += 1;
    });
    machine.abi.submit(1, OP.TIMER, 5);
    machine.abi.submit(2, OP.SIGNAL);
    const old = machine.abi;
    end(machine);
    old.submit(3, OP.TIMER, 1);
    assert.equal(w.step(), false);
    machine.restart();
    machine.onComplete(() => {
      completions += 100;
    });
    old.submit(4, OP.TIMER, 1);
    old.cancel(1);
    machine.signal(15);
    machine.abi.submit(1, OP.SIGNAL);
    while (w.step());
    assert.equal(completions, 100);
  }
});

test("the wall clock may start in 1970 and jump; the monotonic one only grows, but starts anew with the power", () => {
  const w = world(SEED, { wallStartMs: 0 });
  const machine = w.machine("m", { address: "10.0.0.1" });
  machine.onComplete(() => undefined);
  const mono = (): number => Number(machine.abi.sync(SYNC.MONO_MS));
  assert.equal(machine.abi.sync(SYNC.WALL_MS), 0);
  machine.abi.submit(1, OP.TIMER, 1_000);
  const before = mono();
  while (w.step());
  assert.ok(mono() - before >= 1_000 && mono() - before < 1_002);
  machine.setWallMs(1_700_000_000_000);
  assert.equal(machine.abi.sync(SYNC.WALL_MS), 1_700_000_000_000);
  machine.crash();
  machine.restart();
  assert.ok(mono() < 30_001);
});

test("terminal lines and signals are scripted", async () => {
  const w = world(SEED);
  const { machine, host } = machineOn(w, "m", {
    address: "10.0.0.1",
    terminal: true,
    args: ["agent"],
    env: { A: "1" },
  });
  w.at(1_000, () => machine.type("hello"));
  w.at(2_000, () => machine.signal(15));
  w.at(3_000, () => machine.endInput());
  await drive(w, () =>
    withRoot(host, async (s) => {
      assert.equal(await ok(host.prompt(s, "> ")), "hello");
      assert.equal(await ok(host.signal(s)), "term");
      const last = await host.prompt(s, "> ");
      assert.ok(isFault(last) && last.fault === "missing");
    }),
  );
  assert.deepEqual(machine.prompts, ["> ", "> "]);
  assert.deepEqual([host.args(), host.env("A"), host.env("B"), host.info.inTty], [["agent"], "1", undefined, true]);
});

test("a deadlock names what is waited for", async () => {
  const w = world(SEED);
  const { host } = machineOn(w, "m", { address: "10.0.0.1" });
  const root = rootScope(host.timers);
  await assert.rejects(
    drive(w, () => ok(host.signal(root.scope))),
    /deadlock.*\n.*\n.*m #\d+ SIGNAL/,
  );
  root.stop(fault("stopped", "over"));
});
