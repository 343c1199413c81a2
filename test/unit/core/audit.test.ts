// The audit log of the pipeline: what it tells, that it is told before anything is done, what
// a restart, a power cut, a full disk and the bounds leave of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import {
  AUDIT_FILE_BYTES_MAX,
  AUDIT_FILES_MAX,
  AUDIT_RAM_BYTES_MAX,
  AUDIT_SHOWN_MAX,
  AUDIT_TEXT_BYTES_MAX,
} from "../../../src/base/limits-audit.ts";
import { secret } from "../../../src/base/secret.ts";
import { decodeUtf8, encodeUtf8, utf8Length } from "../../../src/base/utf8.ts";
import { makeAudit } from "../../../src/core/audit.ts";
import { besideLog, readHead, readLog } from "../../../src/core/audit-files.ts";
import type { Role } from "../../../src/core/deps.ts";
import { type Entry, verifyChain } from "../../../src/ros/journal.ts";
import { makeWorld, type World, type WorldOptions } from "../../support/core-world.ts";
import { type FakeFiles, makeFakeFiles } from "../../support/fake-files.ts";
import { virtualTime } from "../../support/fake-host.ts";

const COMMAND = "/ip/dns/set servers=1.1.1.1";

async function offered(w: World, command = COMMAND): Promise<string> {
  await w.tell(`/run ${command}`);
  const id = /Plan ([0-9A-Z]{6}) /.exec(w.texts().at(-1) ?? "")?.[1];
  assert.ok(id !== undefined, w.texts().at(-1));
  return id;
}

async function entries(w: World): Promise<readonly Entry[]> {
  const found = await w.deps.audit.last(w.scope, 1_000);
  assert.ok(!isFault(found));
  return found;
}

const told = (all: readonly Entry[]): string[] =>
  all.map((e) => [e.what, e["plan"], e["state"], e["of"]].filter((x) => x !== undefined).join(" "));

async function verified(w: World): Promise<void> {
  const text = await w.deps.audit.text(w.scope);
  assert.ok(!isFault(text));
  const found = verifyChain(text);
  assert.ok(!isFault(found) && found.isWhole, isFault(found) ? found.what : "");
}

test("who asked, what was planned, who approved, what was sent, what came back", async () => {
  const w = makeWorld();
  w.router.onPlan = async (_s, command) => ({
    ...{ hash: "h", risk: "dangerous", command, diff: "servers: (none) → 1.1.1.1" },
    calls: [{ method: "PATCH", path: "/ip/dns/*1", body: "{}" }],
  });
  const id = await offered(w);
  await w.tell("", { press: `a:${id}`, senderName: "@olivia" });
  const all = await entries(w);
  assert.deepEqual(told(all), ["started", `planned ${id}`, `approved ${id}`, `result ${id} kept`]);
  assert.equal(all[1]?.["by"], "telegram/7");
  assert.equal(all[1]?.["diff"], "servers: (none) → 1.1.1.1");
  assert.equal(all[1]?.["command"], COMMAND);
  assert.equal(all[2]?.["name"], "@olivia");
  assert.deepEqual(all[2]?.["sends"], ["PATCH /ip/dns/*1"]);
  assert.equal(all[3]?.["told"], "Done and read back.");
  await verified(w);
  await w.end();
});

test("refused, kept, taken back, left alone and undone", async () => {
  const w = makeWorld();
  const denied = await offered(w, "/a/set x=1");
  await w.tell(`/deny ${denied}`);
  w.router.onChange = async () => ({ state: "pending", told: "Applied.", keepMs: 60_000 });
  const ids: string[] = [];
  for (const how of ["keep", "revert", ""]) {
    const id = await offered(w, `/a/set y=${how}1`);
    ids.push(id);
    await w.tell(`/approve ${id}`);
    if (how !== "") await w.tell(`/${how} ${id}`);
  }
  await w.time.pass(61_000);
  const [kept = "", back = "", left = ""] = ids;
  await w.tell(`/undo ${kept}`);
  const undo = /Plan ([0-9A-Z]{6}) /.exec(w.texts().at(-1) ?? "")?.[1] ?? "";
  assert.deepEqual(told(await entries(w)).slice(1), [
    ...[`planned ${denied}`, `denied ${denied}`],
    ...[`planned ${kept}`, `approved ${kept}`, `result ${kept} pending`, `keep ${kept}`, `result ${kept} kept`],
    ...[`planned ${back}`, `approved ${back}`, `result ${back} pending`, `revert ${back}`, `result ${back} reverted`],
    ...[`planned ${left}`, `approved ${left}`, `result ${left} pending`, `result ${left} reverted`],
    ...[`undo ${undo} ${kept}`, `planned ${undo}`],
  ]);
  await verified(w);
  await w.end();
});

test("a failed change says whether it may be done", async () => {
  for (const [maybeDone, state] of [
    [true, "unsure"],
    [false, "failed"],
  ] as const) {
    const w = makeWorld();
    w.router.onChange = async () => fault("unreachable", "The line broke.", { maybeDone });
    const id = await offered(w);
    await w.tell(`/approve ${id}`);
    assert.equal(told(await entries(w)).at(-1), `result ${id} ${state}`);
    await w.end();
  }
});

test("no secret stands in it", async () => {
  const w = makeWorld({ secrets: [secret("router_pass", "hunter2hunter2")] });
  const id = await offered(w, "/a/set x=hunter2hunter2");
  w.router.onChange = async () => ({ state: "kept", told: "It said hunter2hunter2." });
  await w.tell(`/approve ${id}`);
  const text = await w.deps.audit.text(w.scope);
  assert.ok(!isFault(text));
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /router_pass/);
  await w.end();
});

test("/audit shows the newest and the head, to whoever may", async () => {
  let role: Role = "owner";
  const w = makeWorld({ role: () => role });
  await w.tell("/audit");
  assert.match(w.texts().at(-1) ?? "", /^Nothing was asked for/);
  for (let i = 0; i < AUDIT_SHOWN_MAX; i += 1) {
    const id = await offered(w, `/a/set x=${i}`);
    await w.tell(`/deny ${id}`);
  }
  await w.tell("/audit");
  const shown = w.texts().at(-1) ?? "";
  const all = await entries(w);
  assert.equal(shown.split("\n").length, AUDIT_SHOWN_MAX + 1);
  assert.ok(shown.includes(`Entry ${all.at(-1)?.n} has the hash ${all.at(-1)?.hash}`));
  role = "viewer";
  await w.tell("/audit");
  assert.match(w.texts().at(-1) ?? "", /Your role here is viewer/);
  const who = w.message("");
  assert.ok(isFault(await w.pipeline.agent.audit(w.scope, who)));
  role = "admin";
  assert.equal(await w.pipeline.agent.audit(w.scope, who), await w.deps.audit.text(w.scope));
  await w.end();
});

const later = (files: FakeFiles, more: WorldOptions = {}): World => makeWorld({ log: files, ...more });

test("on a disk it goes on after a restart, and an entry is there before what it tells of", async () => {
  const files = makeFakeFiles();
  const w = later(files);
  const id = await offered(w);
  let seen = "";
  w.router.onChange = async () => {
    const text = await readLog(w.scope, files);
    seen = isFault(text) ? "" : text;
    return { state: "kept", told: "Done." };
  };
  await w.tell(`/approve ${id}`);
  assert.match(seen, new RegExp(`"plan":"${id}",[^\\n]*"what":"approved"\\}\\n$`));
  await w.end();
  const again = later(files);
  await offered(again, "/b/set x=1");
  const all = await entries(again);
  assert.deepEqual(
    all.map((e) => e.what),
    ["started", "planned", "approved", "result", "started", "planned"],
  );
  await verified(again);
  const head = await readHead(again.scope, files);
  const text = await readLog(again.scope, files);
  assert.ok(!isFault(head) && !isFault(text));
  assert.ok(!isFault(verifyChain(text, head)));
  await again.end();
});

test("a line that a power cut left half goes; a log that somebody changed stops every change", async () => {
  const files = makeFakeFiles();
  const w = later(files);
  const id = await offered(w);
  await w.tell(`/approve ${id}`);
  await w.end();
  const path = [...files.kept.keys()].find((k) => k.endsWith(".jsonl")) ?? "";
  const whole = decodeUtf8(files.kept.get(path) ?? new Uint8Array());
  const head = files.kept.get("audit/head") ?? new Uint8Array();
  for (const cut of [1, 30, 200]) {
    files.kept.set(path, encodeUtf8(`${whole}${'{"at":"2026","by":"telegram/7","chat":"7"}'.repeat(9).slice(0, cut)}`));
    const again = later(files);
    await offered(again, `/b/set x=${cut}`);
    await verified(again);
    await again.end();
    files.kept.set(path, encodeUtf8(whole));
    files.kept.set("audit/head", head);
  }
  const lines = whole.trimEnd().split("\n");
  for (const [how, forged] of [
    ["edited", whole.replace('"what":"result"', '"what":"denied"')],
    ["last one removed", `${lines.slice(0, -1).join("\n")}\n`],
    ["last one's end removed", whole.slice(0, -1)],
    ["emptied", ""],
  ] as const) {
    files.kept.set(path, encodeUtf8(forged));
    const again = later(files);
    await again.tell(`/run ${COMMAND}`);
    assert.match(again.texts().at(-1) ?? "", /not offered.*was changed by somebody else/s, how);
    assert.deepEqual(again.router.changes, []);
    await again.end();
  }
});

test("a full disk: no plan is offered, no approval taken, no change kept; taking back still works", async () => {
  const files = makeFakeFiles();
  const w = later(files);
  w.router.onChange = async () => ({ state: "pending", told: "Applied.", keepMs: 600_000 });
  const pending = await offered(w, "/a/set x=1");
  await w.tell(`/approve ${pending}`);
  const open = await offered(w, "/a/set x=2");
  files.full = true;
  const last = (): string => w.texts().at(-1) ?? "";
  await w.tell("/run /a/set x=3");
  assert.match(last(), /not offered.*The audit log could not be written: The disk is full\. Make room/s);
  assert.doesNotMatch(last(), /Plan [0-9A-Z]{6} /);
  await w.tell(`/approve ${open}`);
  assert.match(last(), /could not be recorded, so nothing was changed\. The audit log could not be written/);
  await w.tell(`/keep ${pending}`);
  assert.match(last(), /so it is not kept: the router takes it back/);
  assert.equal(w.router.changes.length, 1);
  assert.deepEqual(w.router.settled, []);
  await w.tell(`/revert ${pending}`);
  assert.equal(w.router.settled.length, 1);
  assert.match(last(), /The audit log could not be written/);
  files.full = false;
  // Nothing was done with it, so it can still be approved.
  w.router.onChange = async () => ({ state: "kept", told: "Done." });
  await w.tell(`/approve ${open}`);
  assert.equal(w.router.changes.length, 2);
  await verified(w);
  await w.end();
});

test("in memory the oldest go, and the rest still holds", async () => {
  const time = virtualTime();
  const audit = makeAudit({ files: null, clock: time.clock, secrets: [], version: "0" });
  const w = makeWorld();
  const big = "x".repeat(AUDIT_TEXT_BYTES_MAX);
  let first = 1;
  for (let i = 0; first === 1; i += 1) {
    assert.ok(i < 1_000);
    assert.ok(!isFault(await audit.add(w.scope, "note", { told: `${big}${i}` })));
    const text = await audit.text(w.scope);
    assert.ok(!isFault(text));
    const found = verifyChain(text);
    assert.ok(!isFault(found), isFault(found) ? found.what : "");
    assert.ok(utf8Length(text) <= AUDIT_RAM_BYTES_MAX + 256);
    // A text of exactly the bound is whole; one byte more is cut and says so.
    assert.match(text, /… \(cut\)/);
    first = found.from;
    assert.equal(found.head.n, i + 2);
  }
  await w.end();
});

test("a text of the bound is whole, one beyond it is cut", async () => {
  const audit = makeAudit({ files: null, clock: virtualTime().clock, secrets: [], version: "0" });
  const w = makeWorld();
  for (const [n, isCut] of [
    [AUDIT_TEXT_BYTES_MAX, false],
    [AUDIT_TEXT_BYTES_MAX + 1, true],
  ] as const) {
    await audit.add(w.scope, "note", { told: "y".repeat(n) });
    const [entry] = (await audit.last(w.scope, 1)) as Entry[];
    assert.equal(String(entry?.["told"]).endsWith("(cut)"), isCut);
  }
  await w.end();
});

/** Looks at all files; the number of the oldest entry. */
async function oldestIn(w: World, files: FakeFiles): Promise<number> {
  const names = logNames(files);
  for (const name of names) assert.ok((files.kept.get(name)?.length ?? 0) <= AUDIT_FILE_BYTES_MAX, name);
  assert.ok(names.length <= AUDIT_FILES_MAX);
  const text = await readLog(w.scope, files);
  const head = await readHead(w.scope, files);
  assert.ok(!isFault(text) && !isFault(head));
  const found = verifyChain(text, head);
  assert.ok(!isFault(found), isFault(found) ? found.what : "");
  return found.from;
}

const logNames = (files: FakeFiles): string[] => [...files.kept.keys()].filter((k) => k.endsWith(".jsonl")).sort();

test("on a disk files follow each other, the oldest go, and the rest still holds", async () => {
  const files = makeFakeFiles();
  const w = makeWorld();
  const open = () => makeAudit({ files, clock: virtualTime().clock, secrets: [], version: "0" });
  let audit = open();
  const told = "z".repeat(AUDIT_TEXT_BYTES_MAX);
  const note = Object.fromEntries("abcdefghijklmnopqrst".split("").map((k) => [k, told]));
  let from = 1;
  for (let i = 0; from === 1; i += 1) {
    assert.ok(i < 100);
    assert.equal(await audit.add(w.scope, "note", note), undefined);
    from = await oldestIn(w, files);
    if (i === 3) audit = open();
  }
  assert.equal(logNames(files).length, AUDIT_FILES_MAX);
  files.kept.delete(logNames(files)[1] ?? "");
  const text = await readLog(w.scope, files);
  assert.ok(!isFault(text) && isFault(verifyChain(text)));
  await w.end();
});

test("two processes at once write one chain, also over the border of a file", async () => {
  const files = makeFakeFiles();
  const w = makeWorld();
  const open = () => makeAudit({ files, clock: virtualTime().clock, secrets: [], version: "0" });
  const both = [open(), open()];
  const told = "z".repeat(AUDIT_TEXT_BYTES_MAX);
  for (let i = 0; logNames(files).length < 3; i += 1) {
    assert.ok(i < 200);
    assert.equal(
      await both[i % 3 === 0 ? 0 : 1]?.add(w.scope, "note", { told, a: told, b: told, i: String(i) }),
      undefined,
    );
  }
  assert.equal(await oldestIn(w, files), 1);
  // Half a line is the other's, who writes it now; somebody's change is none of both.
  const path = logNames(files).at(-1) ?? "";
  const whole = files.kept.get(path) ?? new Uint8Array();
  files.kept.set(path, new Uint8Array([...whole, 123]));
  const busy = await both[0]?.add(w.scope, "note", {});
  assert.ok(isFault(busy) && /Another MikroClaw writes in it/.test(busy.what));
  assert.equal(files.kept.get(path)?.length, whole.length + 1);
  files.kept.set(path, whole.slice(0, -9));
  const broken = await both[1]?.add(w.scope, "note", {});
  assert.ok(isFault(broken));
  files.kept.set(path, whole);
  assert.equal(await both[1]?.add(w.scope, "note", {}), undefined);
  await w.end();
});

test("nothing mounted after all: in memory", async () => {
  const files = { ...makeFakeFiles(), stat: async () => fault("missing", "There is nothing.") };
  const w = later(files);
  await w.tell(`/approve ${await offered(w)}`);
  assert.equal(w.router.changes.length, 1);
  assert.equal(files.kept.size, 0);
  await verified(w);
  await w.end();
});

test("tools neither see nor touch the log", async () => {
  const files = makeFakeFiles();
  const w = later(files);
  await offered(w);
  const tools = besideLog(files);
  const s = w.scope;
  const names = await tools.list(s, "", 99);
  assert.deepEqual(names, []);
  for (const path of ["audit", "audit/head", "audit/0000000001.jsonl"]) {
    for (const got of [
      await tools.read(s, path, 9),
      await tools.replace(s, path, encodeUtf8("x")),
      await tools.append(s, path, encodeUtf8("x"), true),
      await tools.remove(s, path),
      await tools.list(s, path, 9),
      await tools.stat(s, path),
      await tools.folder(s, path),
    ])
      assert.ok(isFault(got) && got.fault === "denied", path);
  }
  assert.equal(await tools.replace(s, "auditors.txt", encodeUtf8("x")), undefined);
  await verified(w);
  await w.end();
});
