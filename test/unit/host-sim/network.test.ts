// Names, routes, ports, cut ways, half-closed and reset connections, TLS, datagrams.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, isFault, type Wait } from "../../../src/base/fault.ts";
import { type Scope, withScope } from "../../../src/base/scope.ts";
import { secret } from "../../../src/base/secret.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import { makeIdentity } from "../../../src/host/sim/tls.ts";
import type { Host, Stream, Tls } from "../../../src/port/host.ts";
import { drive } from "../../sim/support/drive.ts";
import { machineOn, ok, type Sim, WALL_START_MS, withRoot, world } from "../../sim/support/worlds.ts";
import { RUNS, SEED } from "../../support/seed.ts";

interface Two {
  w: World;
  a: Sim;
  b: Sim;
}

function two(seed = SEED): Two {
  const w = world(seed);
  return { w, a: machineOn(w, "a", { address: "10.0.0.1" }), b: machineOn(w, "b", { address: "10.0.0.2" }) };
}

async function refusal(s: Scope, host: Host, to: string, port: number, tls?: Tls): Promise<Fault> {
  const r = await host.connect(s, { host: to, port }, tls);
  if (isFault(r)) return r;
  await r.close();
  throw new Error("connected");
}

async function pair(s: Scope, { a, b }: Two): Promise<[Stream, Stream]> {
  const listener = await ok(b.host.listen(s, { host: "0.0.0.0", port: 0 }));
  const [near, far] = await Promise.all([a.host.connect(s, { host: "b", port: listener.port }), listener.accept(s)]);
  await listener.close();
  if (isFault(near) || isFault(far)) throw new Error("no pair");
  s.onEnd(async () => {
    await near.close();
    // On a machine that was started again the handle is gone with the program that held it.
    if (b.machine.openHandles > 0) await far.close();
  });
  return [near, far];
}

const scoped = <T>(s: Scope, ms: number, run: (s: Scope) => Wait<T>): Wait<T> => withScope(s, ms, run);

test("each way to fail has its code, after the time it takes", async () => {
  const { w, a } = two();
  w.net.dns.set("dead.example", "fail");
  w.net.dns.set("slow.example", "hang");
  await drive(w, () =>
    withRoot(a.host, async (s) => {
      assert.equal((await refusal(s, a.host, "dead.example", 1)).code, "dns");
      assert.equal((await refusal(s, a.host, "unknown.example", 1)).code, "dns");
      assert.equal((await refusal(s, a.host, "slow.example", 1)).code, "dns");
      assert.ok(w.nowMs() >= 10_000);
      assert.equal((await refusal(s, a.host, "b", 1)).code, "refused");
      assert.equal((await refusal(s, a.host, "10.9.9.9", 1)).code, "unreachable");
      w.net.link("a", "b", "hole");
      const before = w.nowMs();
      assert.equal((await refusal(s, a.host, "b", 1)).code, "timedout");
      assert.ok(w.nowMs() - before >= 127_000);
      const capped = await scoped(s, 500, (inner) => a.host.connect(inner, { host: "b", port: 1 }));
      assert.ok(isFault(capped) && capped.fault === "timeout");
      w.net.link("a", "b", "refuse");
      assert.equal((await refusal(s, a.host, "b", 1)).code, "refused");
    }),
  );
  assert.equal(a.machine.openHandles, 0);
});

test("what vanished on a cut way arrives once it is up again, in order", async () => {
  const t = two();
  await drive(t.w, () =>
    withRoot(t.a.host, (s) =>
      withRoot(t.b.host, async () => {
        const [near, far] = await pair(s, t);
        t.w.net.link("a", "*", "hole");
        await ok(near.write(s, encodeUtf8("one ")));
        const none = await scoped(s, 60_000, (inner) => far.read(inner, 100));
        assert.ok(isFault(none) && none.fault === "timeout");
        await ok(near.write(s, encodeUtf8("two")));
        t.w.net.link("a", "*", "up");
        let got = "";
        while (got.length < 7) got += decodeUtf8(await ok(far.read(s, 100)));
        assert.equal(got, "one two");
      }),
    ),
  );
});

test("a half-closed connection still carries the other direction", async () => {
  const t = two();
  await drive(t.w, () =>
    withRoot(t.a.host, async (s) => {
      const [near, far] = await pair(s, t);
      await ok(near.shutdown(s));
      assert.equal((await ok(far.read(s, 9))).length, 0);
      await ok(far.write(s, encodeUtf8("x")));
      assert.equal(decodeUtf8(await ok(near.read(s, 9))), "x");
      const late = await near.write(s, encodeUtf8("y"));
      assert.ok(isFault(late) && late.code === "reset");
    }),
  );
});

test("writing to who has closed is reset, reading from who closed with unread bytes too", async () => {
  const t = two();
  await drive(t.w, () =>
    withRoot(t.a.host, async (s) => {
      const [near, far] = await pair(s, t);
      await ok(near.write(s, encodeUtf8("unread")));
      await ok(t.a.host.clock.sleep(s, 1_000));
      await far.close();
      const r = await near.read(s, 9);
      assert.ok(isFault(r) && r.code === "reset");
      const again = await near.write(s, encodeUtf8("y"));
      assert.ok(isFault(again) && again.code === "reset");
    }),
  );
});

test("a writer waits for a reader: the window is bounded", async () => {
  for (let i = 0; i < RUNS(10); i += 1) {
    const t = two(SEED + i);
    await drive(t.w, () =>
      withRoot(t.a.host, async (s) => {
        const [near, far] = await pair(s, t);
        const stuck = await scoped(s, 600_000, (inner) => near.write(inner, new Uint8Array(1_048_576)));
        assert.ok(isFault(stuck) && stuck.fault === "timeout");
        let got = 0;
        for (;;) {
          const piece = await far.read(s, 65_536);
          // The cancelled write broke the connection: what was sent still comes, then the reset.
          if (isFault(piece)) {
            assert.equal(piece.code, "reset");
            break;
          }
          assert.ok(piece.length > 0, "the torn stream has a proper end");
          got += piece.length;
        }
        assert.ok(got >= 4_096 && got <= 262_144, String(got));
      }),
    );
  }
});

test("a crashed machine resets its connections and is silent until it is started again", async () => {
  const t = two();
  await drive(t.w, () =>
    withRoot(t.a.host, async (s) => {
      const [near] = await pair(s, t);
      t.b.machine.crash();
      const r = await near.read(s, 9);
      assert.ok(isFault(r) && r.code === "reset");
      assert.equal((await refusal(s, t.a.host, "b", 1)).code, "timedout");
      t.b.machine.restart();
      assert.equal((await refusal(s, t.a.host, "b", 1)).code, "refused");
    }),
  );
});

const DAY_MS = 86_400_000;
const TLS_CASES: ReadonlyArray<
  readonly [string, Parameters<typeof makeIdentity>, (pin: string, pem: string) => Tls, string | null]
> = [
  ["a public certificate", [["b"]], () => ({ name: "b", roots: "mozilla" }), null],
  ["a wildcard", [["*.example"]], () => ({ name: "b.example", roots: "mozilla" }), null],
  ["a wildcard one level too deep", [["*.example"]], () => ({ name: "c.b.example", roots: "mozilla" }), "not for"],
  ["another name", [["c"]], () => ({ name: "b", roots: "mozilla" }), "not for"],
  ["an unknown authority", [["b"], { issuer: "own" }], () => ({ name: "b", roots: "mozilla" }), "not signed"],
  ["a public one when no roots are trusted", [["b"]], () => ({ name: "b", roots: "none" }), "not signed"],
  [
    "an authority given as PEM",
    [["b"], { issuer: "own" }],
    (_, pem) => ({ name: "b", roots: "none", extraPem: pem }),
    null,
  ],
  ["expired", [["b"], { toMs: WALL_START_MS - DAY_MS }], () => ({ name: "b", roots: "mozilla" }), "expired"],
  [
    "not yet valid",
    [["b"], { fromMs: WALL_START_MS + DAY_MS }],
    () => ({ name: "b", roots: "mozilla" }),
    "not valid yet",
  ],
  [
    "the right pin, whatever else is wrong",
    [["c"], { issuer: "own", toMs: 1 }],
    (pin) => ({ name: "b", roots: "none", pinSha256: pin }),
    null,
  ],
  [
    "a wrong pin, whatever else is right",
    [["b"]],
    () => ({ name: "b", roots: "mozilla", pinSha256: "0".repeat(64) }),
    "pinned",
  ],
];

for (const [what, identity, tlsOf, problem] of TLS_CASES) {
  test(`TLS: ${what}`, async () => {
    const t = two();
    const { certPem, keyPem, pinSha256 } = makeIdentity(...identity);
    await drive(t.w, () =>
      withRoot(t.b.host, async (s) => {
        const listener = await ok(
          t.b.host.listen(s, { host: "0.0.0.0", port: 443, tls: { certPem, keyPem: secret("key", keyPem) } }),
        );
        const made = await t.a.host.connect(s, { host: "b", port: 443 }, tlsOf(pinSha256, certPem));
        if (problem === null) await (await ok(made)).close();
        else assert.ok(isFault(made) && made.fault === "denied" && made.what.includes(problem), JSON.stringify(made));
        await listener.close();
      }),
    );
    assert.equal(t.a.machine.openHandles, 0);
  });
}

test("TLS to a plain port and plain to a TLS port both fail", async () => {
  const t = two();
  const { certPem, keyPem } = makeIdentity(["b"]);
  await drive(t.w, () =>
    withRoot(t.b.host, async (s) => {
      const plain = await ok(t.b.host.listen(s, { host: "0.0.0.0", port: 80 }));
      const safe = await ok(
        t.b.host.listen(s, { host: "0.0.0.0", port: 443, tls: { certPem, keyPem: secret("key", keyPem) } }),
      );
      assert.equal((await refusal(s, t.a.host, "b", 80, { name: "b", roots: "mozilla" })).code, "tls");
      const stream = await ok(t.a.host.connect(s, { host: "b", port: 443 }));
      const r = await stream.read(s, 1);
      assert.ok(isFault(r) && r.code === "reset");
      await stream.close();
      await plain.close();
      await safe.close();
    }),
  );
});

test("a taken port, an address of another machine, a datagram", async () => {
  const t = two();
  await drive(t.w, () =>
    withRoot(t.b.host, async (s) => {
      const first = await ok(t.b.host.listen(s, { host: "127.0.0.1", port: 80 }));
      const second = await t.b.host.listen(s, { host: "0.0.0.0", port: 80 });
      assert.ok(isFault(second) && second.code === "exists");
      const foreign = await t.b.host.listen(s, { host: "10.0.0.1", port: 80 });
      assert.ok(isFault(foreign) && foreign.code === "unreachable");
      // Bound to loopback: the other machine does not reach it.
      assert.equal((await refusal(s, t.a.host, "b", 80)).code, "refused");
      await first.close();
      const udp = await ok(t.b.host.udp(s, 514));
      t.w.net.datagram("10.0.0.7", "10.0.0.2", 514, encodeUtf8("<14>hello"));
      const got = await ok(udp.read(s));
      assert.deepEqual([got.peer, decodeUtf8(got.bytes)], ["10.0.0.7", "<14>hello"]);
      await udp.close();
    }),
  );
  assert.equal(t.b.machine.openHandles, 0);
});
