// Cases of the host suite about byte streams. Peers are made through the same host, so
// that the suite runs wherever a host has a loopback.

import assert from "node:assert/strict";
import { isFault } from "../../src/base/fault.ts";
import { withScope } from "../../src/base/scope.ts";
import { bad, type Case, closeAll, type Ground, good, pair, readAll, readExactly, stoppable } from "./host-ground.ts";

const BIG = 1_048_576;

function pattern(n: number): Uint8Array {
  return Uint8Array.from({ length: n }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

async function manyConnections(ground: Ground): Promise<void> {
  const { host, scope } = ground;
  const listener = good(await host.listen(scope, { host: "127.0.0.1", port: 0 }));
  const serve = async (): Promise<void> => {
    for (let i = 0; i < 50; i += 1) {
      const one = good(await listener.accept(scope));
      const bytes = good(await one.read(scope, 100));
      good(await one.write(scope, bytes));
      await one.close();
    }
  };
  const ask = async (i: number): Promise<void> => {
    const one = good(await host.connect(scope, { host: "127.0.0.1", port: listener.port }));
    good(await one.write(scope, new Uint8Array([i])));
    assert.deepEqual([...(await readAll(scope, one))], [i]);
    await one.close();
  };
  await Promise.all([serve(), ...Array.from({ length: 50 }, (_, i) => ask(i))]);
  await listener.close();
}

const opening: readonly Case[] = [
  {
    id: "echo",
    title: "bytes go both ways and the peer is an address",
    async on(g) {
      const { listener, near, far } = await pair(g);
      assert.ok(listener.port > 0);
      assert.equal(far.peer, "127.0.0.1");
      good(await near.write(g.scope, new Uint8Array([0, 255, 10])));
      assert.deepEqual(await readExactly(g.scope, far, 3), [0, 255, 10]);
      good(await far.write(g.scope, new Uint8Array([7])));
      assert.deepEqual([...good(await near.read(g.scope, 100))], [7]);
      await closeAll(near, far, listener);
    },
  },
  {
    id: "refused",
    title: "a port where nobody listens refuses, with a sentence",
    async on(g) {
      const listener = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0 }));
      await listener.close();
      const f = bad(await g.host.connect(g.scope, { host: "127.0.0.1", port: listener.port }), "unreachable");
      assert.equal(f.code, "refused");
      assert.equal(f.maybeDone, false);
    },
  },
  {
    id: "taken",
    title: "a taken port is a conflict that names it",
    async on(g) {
      const first = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0 }));
      const f = bad(await g.host.listen(g.scope, { host: "127.0.0.1", port: first.port }), "conflict");
      assert.ok(f.what.includes(String(first.port)));
      await first.close();
      const again = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: first.port }));
      await again.close();
    },
  },
  {
    id: "unknown-name",
    title: "connecting to an unknown name is a fault that names it",
    async on(g) {
      const f = bad(await g.host.connect(g.scope, { host: "no-such-name.invalid", port: 80 }), "unreachable");
      assert.equal(f.code, "dns");
      assert.ok(f.what.includes("no-such-name.invalid"));
    },
  },
  {
    id: "connect-cancel",
    title: "a handle that arrives for a cancelled connect is closed",
    async on(g) {
      const listener = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0 }));
      for (let i = 0; i < 20; i += 1) {
        const work = stoppable(g.scope, (s) => g.host.connect(s, { host: "127.0.0.1", port: listener.port }));
        const stop = bad(await withScope(g.scope, 0, (s) => g.host.clock.sleep(s, 1)), "timeout");
        if (i % 2 === 0) await Promise.resolve();
        else await g.host.clock.sleep(g.scope, 0);
        work.stop(stop);
        const r = await work.done;
        if (!isFault(r)) await r.close();
      }
      await listener.close();
      // A late handle is closed by an operation of its own, which has to come back first.
      await g.host.clock.sleep(g.scope, 20);
    },
  },
  {
    id: "accept-cancel",
    title: "a cancelled accept loses no connection",
    async on(g) {
      const listener = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0 }));
      bad(await withScope(g.scope, 5, (s) => listener.accept(s)), "timeout");
      const near = good(await g.host.connect(g.scope, { host: "127.0.0.1", port: listener.port }));
      const far = good(await listener.accept(g.scope));
      await closeAll(near, far, listener);
      bad(await listener.accept(g.scope), "stopped");
    },
  },
  {
    id: "listener-close",
    title: "closing a listener ends its accept first",
    async on(g) {
      const listener = good(await g.host.listen(g.scope, { host: "127.0.0.1", port: 0 }));
      const accepting = listener.accept(g.scope);
      await listener.close();
      bad(await accepting, "stopped");
    },
  },
  { id: "many", title: "fifty connections at once are all served", on: manyConnections },
];

const flowing: readonly Case[] = [
  {
    id: "read-max",
    title: "a read gives at most what it asked for and loses nothing",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const sent = pattern(1000);
      good(await near.write(g.scope, sent));
      good(await near.shutdown(g.scope));
      assert.deepEqual(Buffer.from(await readAll(g.scope, far, 7)), Buffer.from(sent));
      await closeAll(near, far, listener);
    },
  },
  {
    id: "half-close",
    title: "a shutdown ends one direction only",
    async on(g) {
      const { listener, near, far } = await pair(g);
      good(await near.shutdown(g.scope));
      assert.equal(good(await far.read(g.scope, 10)).length, 0);
      assert.equal(good(await far.read(g.scope, 10)).length, 0);
      good(await far.write(g.scope, new Uint8Array([1, 2])));
      good(await far.shutdown(g.scope));
      assert.deepEqual([...(await readAll(g.scope, near))], [1, 2]);
      await closeAll(near, far, listener);
    },
  },
  {
    id: "end",
    title: "a peer that closes is the end",
    async on(g) {
      const { listener, near, far } = await pair(g);
      await far.close();
      assert.equal(good(await near.read(g.scope, 10)).length, 0);
      await closeAll(near, listener);
    },
  },
  {
    id: "megabyte",
    title: "a megabyte goes both ways at once past a slow reader",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const sent = pattern(BIG);
      const slowly = async (from: typeof near): Promise<Buffer> => {
        await g.host.clock.sleep(g.scope, 20);
        return Buffer.from(await readAll(g.scope, from, 5000));
      };
      const push = async (to: typeof near): Promise<void> => {
        good(await to.write(g.scope, sent));
        good(await to.shutdown(g.scope));
      };
      const [, , there, back] = await Promise.all([push(near), push(far), slowly(far), slowly(near)]);
      assert.ok(there.equals(sent) && back.equals(sent));
      await closeAll(near, far, listener);
    },
  },
  {
    id: "backpressure",
    title: "a write to a peer that does not read waits, and a cancelled one breaks the connection",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const sent = new Uint8Array(64 * BIG);
      // A reader that has begun and then stops.
      good(await near.write(g.scope, new Uint8Array(1)));
      await readExactly(g.scope, far, 1);
      bad(await withScope(g.scope, 2500, (s) => near.write(s, sent)), "timeout");
      bad(await withScope(g.scope, 1000, (s) => near.write(s, new Uint8Array([1]))), "unreachable");
      let got = 0;
      for (;;) {
        const r = await far.read(g.scope, 16_384);
        if (isFault(r) || r.length === 0) break;
        got += r.length;
      }
      // What two kernels hold for a connection, and one read; the rest must have waited.
      assert.ok(got < 16 * BIG, `${got} bytes were taken although nobody read`);
      await closeAll(near, far, listener);
    },
  },
  {
    id: "read-cancel",
    title: "a cancelled read loses no byte",
    async on(g) {
      const { listener, near, far } = await pair(g);
      bad(await withScope(g.scope, 5, (s) => far.read(s, 10)), "timeout");
      good(await near.write(g.scope, new Uint8Array([1, 2, 3])));
      assert.deepEqual(await readExactly(g.scope, far, 3), [1, 2, 3]);
      await closeAll(near, far, listener);
    },
  },
  {
    id: "two-reads",
    title: "two reads at once on a handle are a bug",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const first = near.read(g.scope, 10);
      await assert.rejects(() => near.read(g.scope, 10), { name: "Bug" });
      good(await far.write(g.scope, new Uint8Array([9])));
      assert.deepEqual([...good(await first)], [9]);
      await closeAll(near, far, listener);
    },
  },
  {
    id: "close-pending",
    title: "closing ends a pending read first, and again is harmless",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const order: string[] = [];
      const reading = near.read(g.scope, 10).then((r) => {
        order.push("read");
        return r;
      });
      await near.close().then(() => order.push("close"));
      bad(await reading, "stopped");
      assert.deepEqual(order, ["read", "close"]);
      await near.close();
      bad(await near.read(g.scope, 1), "unreachable");
      bad(await near.write(g.scope, new Uint8Array([1])), "unreachable");
      await closeAll(far, listener);
    },
  },
  {
    id: "bytes-copied",
    title: "bytes are copied on the way: changing them afterwards changes nothing",
    async on(g) {
      const { listener, near, far } = await pair(g);
      const mine = new Uint8Array([1, 2, 3]);
      const writing = near.write(g.scope, mine);
      mine.fill(9);
      good(await writing);
      const first = good(await far.read(g.scope, 1));
      assert.equal(first.constructor.name, "Uint8Array");
      assert.deepEqual([...first, ...(await readExactly(g.scope, far, 2))], [1, 2, 3]);
      // More than the kernel takes at once.
      const large = new Uint8Array(16 * BIG).fill(1);
      const slow = near.write(g.scope, large);
      large.fill(9);
      const reading = readAll(g.scope, far, 65_536);
      good(await slow);
      good(await near.shutdown(g.scope));
      assert.ok((await reading).every((byte) => byte === 1));
      await closeAll(near, far, listener);
    },
  },
  {
    id: "udp",
    title: "datagrams arrive one by one with their sender",
    async on(g) {
      const port = 40_000 + (g.host.random.bytes(2)[0] ?? 0) * 50;
      const socket = good(await g.host.udp(g.scope, port));
      for (const text of ["first", "", "x".repeat(2000)]) {
        await g.tools.datagram?.(port, Buffer.from(text));
        const { peer, bytes } = good(await socket.read(g.scope));
        assert.equal(Buffer.from(bytes).toString(), text);
        assert.match(peer, /^[0-9a-f.:]+$/);
      }
      bad(await withScope(g.scope, 5, (s) => socket.read(s)), "timeout");
      await socket.close();
    },
  },
];

export const netCases: readonly Case[] = [...opening, ...flowing];
