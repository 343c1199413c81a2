import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import { RETRY_AFTER_MS_MAX, RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_TRIES_MAX } from "../../../src/base/limits.ts";
import { rootScope, withScope } from "../../../src/base/scope.ts";
import { retryAfterMs, retrying } from "../../../src/net/retry.ts";
import { virtualTime } from "../../support/fake-host.ts";

const chance = (byte: number) => ({ bytes: (n: number) => new Uint8Array(n).fill(byte) });
const lost = fault("unreachable", "Lost.");

async function run(
  outcomes: ReadonlyArray<Outcome<string>>,
  more: { tries?: number; again?: (f: Fault) => boolean } = {},
  byte = 255,
  capMs = 1e9,
) {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const at: number[] = [];
  const start = time.timers.nowMs();
  const wait = withScope(root.scope, capMs, (s) =>
    retrying(
      s,
      time.clock,
      chance(byte),
      async (n) => {
        at.push(time.timers.nowMs() - start);
        return outcomes[n - 1] ?? "more than planned";
      },
      more,
    ),
  );
  await time.pass(1e7);
  const result = await wait;
  await root.end();
  return { result, at };
}

test("what passes is tried again, later each time, a bounded number of times", async () => {
  const { result, at } = await run([lost, lost, "yes"]);
  assert.equal(result, "yes");
  assert.deepEqual(at, [0, RETRY_FIRST_MS, RETRY_FIRST_MS * 3]);
  const all = await run(Array.from({ length: 10 }, () => lost));
  assert.equal(all.result, lost);
  assert.equal(all.at.length, RETRY_TRIES_MAX);
  const half = await run([lost, "yes"], {}, 0);
  assert.deepEqual(half.at, [0, RETRY_FIRST_MS / 2]);
  const many = await run(
    Array.from({ length: 12 }, () => lost),
    { tries: 12 },
  );
  assert.equal((many.at[11] ?? 0) - (many.at[10] ?? 0), RETRY_MAX_MS);
});

test("what may have happened, or will not pass, is not tried again", async () => {
  for (const f of [
    fault("unreachable", "Lost.", { maybeDone: true }),
    fault("input", "Bad."),
    fault("denied", "No."),
    fault("missing", "Gone."),
    fault("conflict", "Moved."),
    fault("failed", "Broken."),
    fault("stopped", "Enough."),
  ]) {
    const { result, at } = await run([f, "yes"]);
    assert.equal(result, f);
    assert.equal(at.length, 1);
  }
  const asked = await run([fault("failed", "Broken.", { maybeDone: true }), "yes"], { again: () => true });
  assert.equal(asked.result, "yes");
});

test("the server's own delay counts, up to what we wait for", async () => {
  const after = (ms: number) => fault("limit", "Slower.", { retryAfterMs: ms });
  assert.deepEqual((await run([after(7000), "yes"])).at, [0, 7000]);
  assert.equal((await run([after(RETRY_AFTER_MS_MAX), "yes"])).result, "yes");
  const long = await run([after(RETRY_AFTER_MS_MAX + 1), "yes"]);
  assert.ok(isFault(long.result));
  assert.equal(long.at.length, 1);
});

test("nothing is waited for beyond the deadline", async () => {
  const { result, at } = await run([fault("limit", "Slower.", { retryAfterMs: 5000 }), "yes"], {}, 255, 5000);
  assert.ok(isFault(result) && result.fault === "limit");
  assert.equal(at.length, 1);
});

test("Retry-After in seconds and as a date", () => {
  const clock = { wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
  const of = (value: string) => retryAfterMs([["Retry-After", value]], clock);
  assert.equal(of("0"), 0);
  assert.equal(of("120"), 120_000);
  assert.equal(of("Fri, 02 Jan 2026 03:04:35 GMT"), 30_000);
  assert.equal(of("Fri, 02 Jan 2026 03:04:00 GMT"), 0);
  for (const bad of ["", "-1", "1.5", "soon", "Fri, 02 Foo 2026 03:04:35 GMT", "99999999999"])
    assert.equal(of(bad), undefined, bad);
  assert.equal(retryAfterMs([], clock), undefined);
});
