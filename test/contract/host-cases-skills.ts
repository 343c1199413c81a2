// Cases of the host suite about skills: a stranger's script in a process of its own, which
// can do nothing but talk, and whose every breach ends it alone.

import assert from "node:assert/strict";
import { isFault, type Wait } from "../../src/base/fault.ts";
import { SKILL_MESSAGE_BYTES_MAX, SKILLS_RUNNING_MAX } from "../../src/base/limits.ts";
import { makeSkillReader, skillMessage, skillScript } from "../../src/base/skill.ts";
import { CODE, OP } from "../../src/port/abi.ts";
import type { Stream } from "../../src/port/host.ts";
import { bad, type Case, closeAll, type Ground, good, pair, type RawCase, record } from "./host-ground.ts";

const LIMITS = { kind: "skill", argv: [], capMs: 20_000, heapBytes: 4_194_304 } as const;

type Message = Readonly<Record<string, unknown>>;

interface Talk {
  stream: Stream;
  /** The next message; null at the end. */
  next(): Wait<Message | null>;
  answer(message: Message): Promise<void>;
}

async function talk(
  { host, scope }: Ground,
  source: string,
  more: { capMs?: number; input?: unknown } = {},
): Promise<Talk> {
  const stream = good(await host.spawn(scope, { ...LIMITS, capMs: more.capMs ?? LIMITS.capMs }));
  const take = makeSkillReader();
  const waiting: Message[] = [];
  const put = async (text: string): Promise<void> => {
    const r = await stream.write(scope, good(skillMessage(text)));
    // It may have ended already; then its reader is told why.
    if (isFault(r)) assert.equal(r.fault, "unreachable");
  };
  await put(skillScript(source, more.input));
  return {
    stream,
    async next() {
      while (waiting.length === 0) {
        const bytes = await stream.read(scope, 16_384);
        if (isFault(bytes)) return bytes;
        if (bytes.length === 0) return null;
        waiting.push(...good(take(bytes)).map((text) => JSON.parse(text) as Message));
      }
      return waiting.shift() ?? null;
    },
    answer: (message) => put(JSON.stringify(message)),
  };
}

/** What the skill says when nobody answers, up to its end. */
async function told(ground: Ground, source: string, input?: unknown): Promise<Message[]> {
  const t = await talk(ground, source, { input });
  const all: Message[] = [];
  for (;;) {
    const message = good(await t.next());
    if (message === null) break;
    all.push(message);
  }
  await t.stream.close();
  return all;
}

async function ended(ground: Ground, source: string, capMs?: number): Promise<ReturnType<typeof bad>> {
  const t = await talk(ground, source, capMs === undefined ? {} : { capMs });
  const fault = bad(await t.next());
  bad(await t.next(), fault.fault);
  await t.stream.close();
  assert.match(fault.what, /^The skill was ended: /);
  return fault;
}

/** While the body runs: a connection echoes and a timer fires. */
async function others(ground: Ground): Promise<void> {
  const { listener, near, far } = await pair(ground);
  for (let n = 0; n < 5; n += 1) {
    good(await near.write(ground.scope, Uint8Array.of(n)));
    assert.deepEqual([...good(await far.read(ground.scope, 8))], [n]);
    good(await ground.host.clock.sleep(ground.scope, 5));
  }
  await closeAll(near, far, listener);
}

export const skillCases: readonly Case[] = [
  {
    id: "skill-talk",
    title: "a skill calls, logs and gives a result; its input arrives",
    async on(ground) {
      const source = `log("begins"); const rows = call("routeros_print", { menu: "/" + input.menu });
        try { call("nothing") } catch (e) { log(e.message) } ({ n: rows.length, text: "ä\\ud83d\\ude00" })`;
      const t = await talk(ground, source, { input: { menu: "interface" } });
      assert.deepEqual(good(await t.next()), { log: "begins" });
      assert.deepEqual(good(await t.next()), { call: { capability: "routeros_print", args: { menu: "/interface" } } });
      await t.answer({ result: [{}, {}, {}] });
      assert.deepEqual(good(await t.next()), { call: { capability: "nothing", args: {} } });
      await t.answer({ error: "It is not granted." });
      assert.deepEqual(good(await t.next()), { log: "It is not granted." });
      assert.deepEqual(good(await t.next()), { result: { n: 3, text: "ä😀" } });
      assert.equal(good(await t.next()), null);
      assert.equal(good(await t.next()), null);
      await t.stream.close();
    },
  },
  {
    id: "skill-promise",
    title: "what a skill promises is waited for, what it throws is told",
    async on(ground) {
      assert.deepEqual(await told(ground, "(async () => { await 0; return [1] })()"), [{ result: [1] }]);
      assert.deepEqual(await told(ground, "(async () => { throw new TypeError('no') })()"), [
        { error: "TypeError: no" },
      ]);
      assert.deepEqual(await told(ground, "throw new Error('at once')"), [{ error: "Error: at once" }]);
      const [syntax] = await told(ground, "let = ;");
      assert.match(String(syntax?.["error"]), /SyntaxError/);
      const [never] = await told(ground, "new Promise(() => {})");
      assert.match(String(never?.["error"]), /never comes/);
    },
  },
  {
    id: "skill-nothing",
    title: "a skill has no file, socket, host, clock of milliseconds nor raw pipe",
    async on(ground) {
      for (const source of [
        "require('fs').readFileSync('/etc/passwd')",
        "std.open('/etc/passwd', 'r')",
        "new WebSocket('ws://127.0.0.1')",
        "fetch('http://127.0.0.1')",
      ]) {
        const [message] = await told(ground, source);
        assert.match(String(message?.["error"]), /ReferenceError: /, source);
      }
      const [imported] = await told(ground, "import('fs').then(() => 1)");
      assert.match(String(imported?.["error"]), /Error: /);
      const names = [
        "require",
        "process",
        "std",
        "os",
        "fetch",
        "__host",
        "__complete",
        "send",
        "receive",
        "setTimeout",
        "Deno",
        "WebAssembly",
      ];
      assert.deepEqual(await told(ground, "input.filter((name) => name in globalThis)", names), [{ result: [] }]);
      const clock = "[Date.now(), new Date().getTime(), new (new Date().constructor)().getTime()].map((t) => t % 1000)";
      assert.deepEqual(await told(ground, clock), [{ result: [0, 0, 0] }]);
      assert.deepEqual(await told(ground, "new Date(5).getTime() + Date.UTC(1970)"), [{ result: 5 }]);
    },
  },
  {
    id: "skill-loop",
    title: "a skill that loops forever ends as a timeout while other work goes on",
    async on(ground) {
      const [fault] = await Promise.all([ended(ground, "for (;;);", 400), others(ground)]);
      assert.equal(fault.fault, "timeout");
      // Which of the two bounds ends it first is a matter of the machine's speed.
      assert.match(fault.what, /longer than its 400 ms|more steps than a skill may/);
      assert.equal((await ended(ground, "try { for (;;); } catch { for (;;); }", 100)).fault, "timeout");
      assert.equal((await ended(ground, "/(a+)+$/.test('a'.repeat(40) + 'b')", 100)).fault, "timeout");
      assert.equal((await ended(ground, "(async () => { for (;;) await 0 })()", 100)).fault, "timeout");
    },
  },
  {
    id: "skill-silence",
    title: "a skill that waits for an answer that never comes ends as a timeout",
    async on(ground) {
      const t = await talk(ground, "call('x')", { capMs: 100 });
      assert.deepEqual(good(await t.next()), { call: { capability: "x", args: {} } });
      bad(await t.next(), "timeout");
      await t.stream.close();
    },
  },
  {
    id: "skill-memory",
    title: "a skill that allocates without end ends at its limit while other work goes on",
    async on(ground) {
      const hungry = "const all = []; for (;;) all.push(new Array(1000).fill(all.length))";
      const [fault] = await Promise.all([ended(ground, hungry), others(ground)]);
      assert.equal(fault.fault, "limit");
      assert.match(fault.what, /more memory than its 4096 KiB/);
      assert.equal((await ended(ground, "new Uint8Array(100_000_000)")).fault, "limit");
      const [deep] = await told(ground, "const f = () => f() + 1; f()");
      assert.match(String(deep?.["error"]), /InternalError: stack overflow|RangeError/);
    },
  },
  {
    id: "skill-message",
    title: "a message beyond the bound ends the skill, one at the bound arrives",
    async on(ground) {
      const room = SKILL_MESSAGE_BYTES_MAX - '{"log":""}'.length;
      const [fits] = await told(ground, `log("x".repeat(${room}))`);
      assert.equal(String(fits?.["log"]).length, room);
      assert.equal((await ended(ground, `log("x".repeat(${room + 1}))`)).fault, "denied");
      assert.equal(bad(skillMessage("x".repeat(SKILL_MESSAGE_BYTES_MAX + 1))).fault, "limit");
      assert.ok(!isFault(skillMessage("x".repeat(SKILL_MESSAGE_BYTES_MAX))));
    },
  },
  {
    id: "skill-close",
    title: "closing its pipe ends a skill, whatever it does, and makes room for the next",
    async on(ground) {
      const busy = await Promise.all(Array.from({ length: SKILLS_RUNNING_MAX }, () => talk(ground, "for (;;);")));
      const one = bad(await ground.host.spawn(ground.scope, LIMITS), "limit");
      assert.match(one.what, /running already/);
      await closeAll(...busy.map((t) => t.stream));
      assert.deepEqual(await told(ground, "1 + 1"), [{ result: 2 }]);
    },
  },
  {
    id: "spawn-command",
    title: "other programs are not started",
    async on({ host, scope }) {
      const f = bad(await host.spawn(scope, { ...LIMITS, kind: "command", argv: ["/bin/true"] }), "input");
      assert.equal(f.code, "unsupported");
    },
  },
];

export const skillRawCases: readonly RawCase[] = [
  {
    id: "skill-arguments",
    title: "a spawn without its limits is invalid",
    async on(raw) {
      const r = record(raw);
      const none = { kind: "skill", capMs: 1000, heapBytes: 4_194_304 };
      for (const wrong of [
        {},
        { ...none, kind: "shell" },
        { ...none, capMs: 0 },
        { ...none, capMs: 1e9 },
        { ...none, heapBytes: 1 },
        { ...none, heapBytes: "x" },
      ]) {
        const [code] = await r.submit(OP.SPAWN, JSON.stringify(wrong)).done;
        assert.equal(code, CODE.INVALID, JSON.stringify(wrong));
      }
      assert.deepEqual(r.wrongs, []);
    },
  },
];
