// Faults, secrets, queues, bugs: the small values everything else is made of.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Bug, assert as claim } from "../../../src/base/bug.ts";
import { type FaultKind, fault, httpStatus, isFault, refault, sayFault } from "../../../src/base/fault.ts";
import { queue } from "../../../src/base/queue.ts";
import { isEmptySecret, isSecret, joinSecret, redact, reveal, secret } from "../../../src/base/secret.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("only fault() makes a fault: a peer's JSON cannot forge one", () => {
  const f = fault("limit", "Full.", { code: "busy", retryAfterMs: 5 });
  assert.ok(isFault(f));
  assert.ok(!isFault(JSON.parse(JSON.stringify(f))));
  assert.ok(!isFault({ ...f }));
  for (const x of [null, undefined, 0, "", {}, [], () => f]) assert.ok(!isFault(x));
  assert.ok(Object.isFrozen(f));
  assert.equal(f.maybeDone, false);
});

test("refault changes what is said and keeps the rest", () => {
  const f = fault("unreachable", "Lost.", { code: "reset", next: "Look.", maybeDone: true });
  const g = refault(f, { what: "Gone.", retryAfterMs: 7 });
  assert.deepEqual(
    { ...g },
    { fault: "unreachable", what: "Gone.", code: "reset", next: "Look.", maybeDone: true, retryAfterMs: 7 },
  );
  assert.ok(isFault(g));
  assert.equal(sayFault(g), "Gone. Look.");
  assert.equal(sayFault(fault("input", "Bad.")), "Bad.");
});

test("every kind has its status, and codes refine it", () => {
  const kinds: Record<FaultKind, number> = {
    input: 400,
    denied: 403,
    missing: 404,
    conflict: 409,
    limit: 429,
    timeout: 504,
    unreachable: 502,
    failed: 502,
    stopped: 499,
  };
  for (const [kind, status] of Object.entries(kinds)) assert.equal(httpStatus(fault(kind as FaultKind, "x")), status);
  const codes = {
    unauthorized: 401,
    method_not_allowed: 405,
    request_timeout: 408,
    body_too_large: 413,
    target_too_long: 414,
    media_type: 415,
    expectation_failed: 417,
    misdirected: 421,
    head_too_large: 431,
    internal: 500,
    busy: 503,
  };
  for (const [code, status] of Object.entries(codes)) assert.equal(httpStatus(fault("input", "x", { code })), status);
});

test("a secret never shows itself", () => {
  const s = secret("key", "hush-hush");
  for (const shown of [String(s), `${s}`, JSON.stringify({ s }), JSON.stringify([s])])
    assert.ok(!shown.includes("hush") && shown.includes("<secret:key>"));
  assert.ok(!Object.values(s).some((v) => String(v).includes("hush")));
  assert.equal(reveal(s), "hush-hush");
  assert.throws(() => reveal({ ...s }));
  assert.ok(isSecret(s) && !isSecret({ ...s }));
  const joined = joinSecret("header", ["Bearer ", s]);
  assert.equal(reveal(joined), "Bearer hush-hush");
  assert.equal(reveal(joinSecret("x", [s], (t) => t.toUpperCase())), "HUSH-HUSH");
  assert.equal(redact("a hush-hush b hush-hush", [s]), "a <secret:key> b <secret:key>");
  assert.equal(redact("a short b", [secret("pin", "short")]), "a short b");
  assert.equal(redact("longer-key", [secret("a", "longer"), secret("b", "longer-key")]), "<secret:b>");
  const odd = secret("odd", 'p"a\\ss/(1) é');
  for (const form of [
    JSON.stringify({ pass: 'p"a\\ss/(1) é' }),
    encodeURIComponent('p"a\\ss/(1) é'),
    "p%22a%5Css%2F%281%29%20%C3%A9",
    "p%22a%5css%2f%281%29%20%c3%a9",
    "p%22a%5Css%2F%281%29+%C3%A9",
  ]) {
    assert.match(redact(form, [odd]), /<secret:odd>/, form);
    assert.doesNotMatch(redact(form, [odd]), /a(\\\\|%5c)ss/i, form);
  }
  assert.ok(isEmptySecret(secret("none", "")) && !isEmptySecret(s));
});

type Step = "shift" | { push: number } | { drop: number };

/** The same step on a queue and on a plain list. */
function both(q: ReturnType<typeof queue<number>>, list: number[], max: number, step: Step): void {
  if (step === "shift") {
    assert.equal(q.shift(), list.shift());
  } else if ("push" in step) {
    const fits = list.length < max;
    assert.equal(q.push(step.push), fits);
    if (fits) list.push(step.push);
  } else {
    const at = list.indexOf(step.drop);
    assert.equal(
      q.drop((x) => x === step.drop),
      at >= 0,
    );
    if (at >= 0) list.splice(at, 1);
  }
  assert.equal(q.size, list.length);
  assert.equal(q.peek(), list[0]);
}

test("a queue behaves as a list with a bound", () => {
  const step = fc.oneof(fc.record({ push: fc.nat(9) }), fc.constant("shift" as const), fc.record({ drop: fc.nat(9) }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 40 }), (max, steps) => {
      const q = queue<number>(max);
      const list: number[] = [];
      for (const s of steps) both(q, list, max, s);
    }),
    { seed: SEED, numRuns: RUNS(500) },
  );
  assert.throws(() => queue(0), Bug);
});

test("a broken assumption is a Bug", () => {
  assert.throws(
    () => claim(false, "broken"),
    (e) => e instanceof Bug && e.message === "broken",
  );
  claim(true, "fine");
});
