// The native host's resolver against name servers that behave well and badly. The host
// reads its resolv.conf and hosts from a folder of the test.

import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CODE, OP, SYNC } from "../../src/port/abi.ts";
import { archs, runScript, testBuild } from "../support/native.ts";

const [ARCH = "amd64"] = archs();
const A = 1;
const AAAA = 28;
const CNAME = 5;

// Resolves the names one after the other; a name with "!" is cancelled at once.
const SCRIPT = `
const [folder, port, ...names] = JSON.parse(__host.sync(${SYNC.ARGS}));
__test("dns", folder, port);
let at = 0;
const next = () => {
  if (at === names.length) return __host.sync(${SYNC.EXIT}, 0);
  const name = names[at].replace("!", "");
  __host.submit(at + 1, ${OP.RESOLVE}, name);
  if (name !== names[at]) __host.cancel(at + 1);
};
globalThis.__complete = (id, code, value) => {
  __host.sync(${SYNC.PRINT}, JSON.stringify([code, code === 0 ? JSON.parse(value) : value]) + "\\n");
  at += 1;
  next();
};
next();`;

interface Question {
  id: number;
  name: string;
  type: number;
  /** The question as it came, to be given back. */
  bytes: Buffer;
  from: RemoteInfo;
}

function question(bytes: Buffer, from: RemoteInfo): Question {
  const labels: string[] = [];
  let at = 12;
  for (let n = bytes[at] ?? 0; n > 0; n = bytes[at] ?? 0) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + n));
    at += n + 1;
  }
  const type = bytes.readUInt16BE(at + 1);
  return { id: bytes.readUInt16BE(0), name: labels.join("."), type, bytes: bytes.subarray(12, at + 5), from };
}

function label(name: string): Buffer {
  return Buffer.concat([...name.split("."), ""].map((l) => Buffer.from([l.length, ...Buffer.from(l)])));
}

function record(owner: string, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(60, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner === "" ? Buffer.from([0xc0, 12]) : label(owner), head, data]);
}

const four = (text: string): Buffer => Buffer.from(text.split(".").map(Number));
const six = (last: number): Buffer => Buffer.from([0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), last]);

function answer(q: Question, records: readonly Buffer[], rcode = 0, id = q.id): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, q.bytes, ...records]);
}

type Reply = (q: Question) => readonly Buffer[];

/** What each name means to our servers. Nothing: silence. */
const NAMES: Readonly<Record<string, Reply>> = {
  "both.test": (q) => [answer(q, q.type === A ? [record("", A, four("192.0.2.1"))] : [record("", AAAA, six(1))])],
  "many.test": (q) => [
    answer(q, q.type === A ? Array.from({ length: 40 }, (_, i) => record("", A, four(`192.0.2.${i}`))) : []),
  ],
  "alias.test": (q) => [
    answer(q, [
      // The address first: the order of records promises nothing.
      record("real.test", q.type, q.type === A ? four("192.0.2.2") : six(2)),
      record("other.test", q.type, q.type === A ? four("192.0.2.99") : six(99)),
      record("middle.test", CNAME, label("real.test")),
      record("", CNAME, label("middle.test")),
    ]),
  ],
  "circle.test": (q) => [
    answer(q, [record("", CNAME, label("b.test")), record("b.test", CNAME, label("circle.test"))]),
  ],
  "none.test": (q) => [answer(q, [], 3)],
  "empty.test": (q) => [answer(q, [])],
  "broken.test": (q) => [answer(q, [], 2)],
  "only4.test": (q) => (q.type === A ? [answer(q, [record("", A, four("192.0.2.4"))])] : []),
  // Others try to get in first: a wrong number, another question, no answer at all, rubbish.
  "forged.test": (q) => [
    answer(q, [record("", q.type, q.type === A ? four("203.0.113.66") : six(66))], 0, (q.id + 1) & 0xffff),
    answer({ ...q, bytes: Buffer.concat([label("other.test"), q.bytes.subarray(-4)]) }, [
      record("", q.type, q.type === A ? four("203.0.113.67") : six(67)),
    ]),
    Buffer.concat([Buffer.from([q.id >> 8, q.id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), q.bytes]),
    Buffer.from([q.id >> 8, q.id & 255, 0x81]),
    answer(q, [record("", q.type, q.type === A ? four("192.0.2.5") : six(5))]),
  ],
  "nas.lan": (q) => [answer(q, q.type === A ? [record("", A, four("192.0.2.6"))] : [])],
  nas: (q) => [answer(q, q.type === A ? [record("", A, four("203.0.113.68"))] : [])],
  bare: (q) => [answer(q, q.type === A ? [record("", A, four("192.0.2.7"))] : [])],
  "bare.lan": (q) => [answer(q, [], 3)],
};

interface Server {
  port: number;
  asked: Question[];
  close(): Promise<void>;
}

async function serve(address: string, port: number, names: Readonly<Record<string, Reply>>): Promise<Server> {
  const socket: Socket = createSocket("udp4");
  const asked: Question[] = [];
  socket.on("message", (bytes, from) => {
    const q = question(bytes, from);
    asked.push(q);
    for (const each of names[q.name.toLowerCase()]?.(q) ?? []) socket.send(each, from.port, from.address);
  });
  await new Promise<void>((bound) => socket.bind(port, address, bound));
  return { port: socket.address().port, asked, close: () => new Promise((closed) => socket.close(() => closed())) };
}

type Answer = readonly [code: number, value: string | readonly string[]];

async function resolve(
  start: readonly string[],
  port: number,
  conf: string,
  hosts: string,
  ...names: string[]
): Promise<Answer[]> {
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-dns-"));
  writeFileSync(join(folder, "resolv.conf"), conf);
  writeFileSync(join(folder, "hosts"), hosts);
  try {
    const { code, out, err } = await runScript(start, SCRIPT, [folder, String(port), ...names]);
    assert.equal(err, "");
    assert.equal(code, 0);
    return out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ONE = "nameserver 127.0.0.1\nsearch lan\noptions timeout:1 attempts:1\n";

function withServer(title: string, body: (start: readonly string[], server: Server) => Promise<void>): void {
  for (const kind of [ARCH, "sanitize"]) {
    test(`native ${kind} resolver: ${title}`, async (t) => {
      const build = testBuild(kind);
      if ("skip" in build) return t.skip(build.skip);
      const server = await serve("127.0.0.1", 0, NAMES);
      try {
        await body(build.start, server);
      } finally {
        await server.close();
      }
    });
  }
}

const none = (name: string): Answer => [CODE.DNS, `The name ${name} has no address.`];
const silent = (name: string): Answer => [CODE.DNS, `The name server did not answer for ${name}.`];

withServer("addresses of both families, aliases in any order, at most eight of one", async (start, { port, asked }) => {
  const found = await resolve(start, port, ONE, "", "both.test", "BOTH.test.", "alias.test", "many.test");
  assert.deepEqual(found.slice(0, 3), [
    [CODE.OK, ["192.0.2.1", "2001:db8::1"]],
    [CODE.OK, ["192.0.2.1", "2001:db8::1"]],
    [CODE.OK, ["192.0.2.2", "2001:db8::2"]],
  ]);
  assert.deepEqual(
    found[3]?.[1],
    Array.from({ length: 8 }, (_, i) => `192.0.2.${i}`),
  );
  // Numbers and ports are drawn anew for each.
  assert.equal(new Set(asked.map((q) => q.id)).size, asked.length);
  assert.equal(new Set(asked.map((q) => q.from.port)).size, asked.length / 2);
});

withServer("no such name, no address, a circle of aliases, a failing server", async (start, { port }) => {
  const names = ["none.test", "empty.test", "circle.test", "broken.test", "silent.test"];
  const found = await resolve(start, port, ONE, "", ...names);
  assert.deepEqual(found, [
    none("none.test"),
    none("empty.test"),
    none("circle.test"),
    silent("broken.test"),
    silent("silent.test"),
  ]);
});

withServer("only an answer to this very question counts", async (start, { port }) => {
  assert.deepEqual(await resolve(start, port, ONE, "", "forged.test"), [[CODE.OK, ["192.0.2.5", "2001:db8::5"]]]);
});

withServer("one family is enough when the other stays silent", async (start, { port }) => {
  assert.deepEqual(await resolve(start, port, ONE, "", "only4.test"), [[CODE.OK, ["192.0.2.4"]]]);
});

withServer("the next server is asked when one fails, is silent or is not there", async (start, { port }) => {
  const failing = await serve("127.0.0.2", port, { "both.test": (q) => [answer(q, [], 5)] });
  try {
    const conf = "nameserver 127.0.0.3\nnameserver 127.0.0.2\nnameserver 127.0.0.1\noptions timeout:1\n";
    const found = await resolve(start, port, conf, "", "both.test", "alias.test");
    assert.deepEqual(found, [
      [CODE.OK, ["192.0.2.1", "2001:db8::1"]],
      [CODE.OK, ["192.0.2.2", "2001:db8::2"]],
    ]);
    assert.ok(failing.asked.length >= 4);
  } finally {
    await failing.close();
  }
});

withServer("hosts, the search domain, and names that are never asked for", async (start, { port, asked }) => {
  const hosts = "127.0.0.9 mine # ours\n::9 mine\n10.0.0.1 both.test\n";
  const names = [
    "mine",
    "both.test",
    "nas",
    "bare",
    "localhost",
    "a.localhost",
    "x.invalid",
    "",
    "a..b",
    "ü.test",
    "x".repeat(64),
  ];
  const found = await resolve(start, port, ONE, hosts, ...names);
  assert.deepEqual(found.slice(0, 7), [
    [CODE.OK, ["127.0.0.9", "::9"]],
    [CODE.OK, ["10.0.0.1"]],
    [CODE.OK, ["192.0.2.6"]],
    [CODE.OK, ["192.0.2.7"]],
    [CODE.OK, ["127.0.0.1"]],
    [CODE.OK, ["127.0.0.1"]],
    none("x.invalid"),
  ]);
  assert.deepEqual(found[7], [CODE.DNS, "A name holds 1 to 253 characters."]);
  assert.deepEqual(found.slice(8), [none("a..b"), none("ü.test"), none("x".repeat(64))]);
  assert.deepEqual(new Set(asked.map((q) => q.name)), new Set(["nas.lan", "bare.lan", "bare"]));
});

withServer("a cancelled one ends at once and the next is not disturbed", async (start, { port }) => {
  const found = await resolve(start, port, ONE, "", "!silent.test", "both.test", "!both.test", "both.test");
  const both: Answer = [CODE.OK, ["192.0.2.1", "2001:db8::1"]];
  assert.deepEqual(
    found.map(([code]) => code),
    [CODE.CANCELED, CODE.OK, CODE.CANCELED, CODE.OK],
  );
  assert.deepEqual([found[1], found[3]], [both, both]);
});
