// The simulator as a whole: streams between machines, determinism, faults at every operation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Wait } from "../../../src/base/fault.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { concat } from "../../../src/base/bytes.ts";

import type { Host, Stream } from "../../../src/port/host.ts";
import { RUNS, SEED } from "../../support/seed.ts";
import { drive, machineOn, ok, withRoot, world } from "../../sim/support/drive.ts";

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

async function exchange(seed: number, size: number): Promise<{ answer: Uint8Array; hash: string; sent: Uint8Array; ops: number }> {
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
