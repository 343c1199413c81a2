// All tools against the suite, and what each does with what it is given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import {
  COMMAND_BYTES_MAX,
  FILE_NAMES_SHOWN_MAX,
  FILE_READ_BYTES_MAX,
  FILE_WRITE_BYTES_MAX,
  REST_ROWS_MAX,
  TOOL_OUT_BYTES_MAX,
} from "../../src/base/limits.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import { fileRead } from "../../src/edges/tools/file-read.ts";
import { fileWrite } from "../../src/edges/tools/file-write.ts";
import { healthCheck } from "../../src/edges/tools/health-check.ts";
import { parseUrlTool } from "../../src/edges/tools/parse-url.ts";
import { routerosExecute } from "../../src/edges/tools/routeros-execute.ts";
import { routerosPrint } from "../../src/edges/tools/routeros-print.ts";
import type { Plan } from "../../src/port/router.ts";
import type { Tool, ToolKit, ToolResult } from "../../src/port/tool.ts";
import { type FakeFiles, makeFakeFiles } from "../support/fake-files.ts";
import { makeWorld } from "../support/virtual.ts";
import { toolSuite } from "./tool-suite.ts";

interface Kit extends ToolKit {
  files: FakeFiles;
  asked: string[];
}

const world = makeWorld();

function plan(command: string): Plan {
  const risk = command.includes("print") ? "read" : "reversible";
  return { hash: `h ${command}`, risk, command, diff: `PATCH: ${command}`, calls: [] };
}

function makeKit(): Kit {
  const asked: string[] = [];
  const router: ToolKit["router"] = {
    async print(_, menu, where, max) {
      asked.push(`${menu} ${JSON.stringify(where)} ${max}`);
      if (menu === "/nowhere") return fault("input", "There is no such menu.");
      const rows = [...Array(5).keys()].map((i) => ({
        ".id": `*${i}`,
        address: `10.0.0.${i}`,
        comment: `the "${i}"\nth`,
      }));
      return menu === "/empty" ? [] : rows.slice(0, max);
    },
    look: async () => fault("missing", "Nothing is there to look at."),
    facts: async () => ({ identity: "home", version: "7.24", board: "hAP", uptime: "1d", simulated: true }),
    plan: async (_, command) => (command.startsWith("/") ? plan(command) : fault("input", "This is not a command.")),
    read: async (_, p) => (p.risk === "read" ? `rows of ${p.command}` : fault("denied", "not a read")),
  };
  return {
    router,
    files: makeFakeFiles(),
    asked,
    health: () => ({ llm: true, routeros: false }),
    clock: world.clock,
    random: world.random,
    log: world.log,
  };
}

async function run<A>(tool: Tool<A>, args: A, kit: ToolKit = makeKit()): Promise<Outcome<ToolResult>> {
  return tool.run(world.scope, kit, args);
}

async function text<A>(tool: Tool<A>, args: A, kit?: ToolKit): Promise<string> {
  const done = await run(tool, args, kit);
  assert.ok(!isFault(done), isFault(done) ? sayFault(done) : "");
  return done.text;
}

const cases = [
  toolSuite(
    routerosExecute,
    makeKit(),
    [{ command: "/ip/address/print" }],
    [{}, { command: "" }, { command: 7 }, { command: "x".repeat(COMMAND_BYTES_MAX + 1) }, { command: "/x", why: "y" }],
  ),
  toolSuite(
    routerosPrint,
    makeKit(),
    [{ menu: "/ip/address" }, { menu: "/ip/address", where: { a: "b" }, fields: ["address"], limit: REST_ROWS_MAX }],
    [
      {},
      { menu: "" },
      { menu: "/x", where: { a: 1 } },
      { menu: "/x", fields: "a" },
      { menu: "/x", limit: 0 },
      { menu: "/x", limit: REST_ROWS_MAX + 1 },
      { menu: "/x", limit: 1.5 },
    ],
  ),
  toolSuite(parseUrlTool, makeKit(), [{ url: "http://x.test/" }], [{}, { url: 7 }]),
  toolSuite(healthCheck, makeKit(), [{}], []),
  toolSuite(
    fileRead,
    makeKit(),
    [{ path: "a" }, { path: "a", offset: 0 }],
    [{}, { path: 7 }, { path: "a", offset: -1 }, { path: "a", offset: 0.5 }],
  ),
  toolSuite(
    fileWrite,
    makeKit(),
    [
      { path: "a", content: "" },
      { path: "a", content: "x", append: true },
    ],
    [{}, { path: "a" }, { path: "", content: "" }, { path: "a", content: "x", append: "yes" }],
  ),
];

test("all six schemas fit into 2,500 tokens", () => {
  // JSON in English takes at least 3.5 characters a token with the usual tokenizers.
  const units = cases.map((c) => c.words.length).reduce((a, b) => a + b, 0);
  assert.ok(units / 3.5 <= 2_500, `${units} characters`);
});

test("routeros_execute has exactly one argument, a string", () => {
  const [execute] = cases;
  assert.deepEqual(Object.keys((execute?.schema["properties"] ?? {}) as object), ["command"]);
});

test("routeros_execute reads at once, and only proposes a change", async () => {
  const read = await run(routerosExecute, { command: "/ip/address/print" });
  assert.deepEqual(read, { text: "rows of /ip/address/print" });
  const change = await run(routerosExecute, { command: "/ip/dns/set servers=1.1.1.1" });
  assert.ok(!isFault(change));
  // Who runs the tool says what becomes of the plan; said twice it costs twice.
  assert.equal(change.text, "");
  assert.equal(change.plan?.hash, "h /ip/dns/set servers=1.1.1.1");
  assert.ok(isFault(await run(routerosExecute, { command: "what is up" })));
});

test("routeros_print: paths in any form, fields, limit", async () => {
  const kit = makeKit();
  for (const menu of [
    "/ip/dhcp-server/lease",
    "ip dhcp-server lease",
    "/ip dhcp-server/lease print",
    " /ip/dhcp-server/lease/ ",
  ])
    await run(routerosPrint, { menu, where: { a: "b" }, limit: 3 }, kit);
  assert.deepEqual(new Set(kit.asked), new Set(['/ip/dhcp-server/lease {"a":"b"} 4']));
  const all = await text(routerosPrint, { menu: "/ip/address" });
  assert.equal(all.split("\n")[0], '.id=*0 address=10.0.0.0 comment="the \\"0\\" th"');
  assert.equal(all.split("\n").length, 5);
  assert.equal(
    await text(routerosPrint, { menu: "/x", fields: ["address"], limit: 2 }),
    'address=10.0.0.0\naddress=10.0.0.1\n(more than 2 rows; narrow it with "where")',
  );
  assert.match(
    await text(routerosPrint, { menu: "/x", fields: ["adress"] }),
    /no row has adress; there are: .id, address, comment/,
  );
  assert.equal(await text(routerosPrint, { menu: "/empty" }), "/empty has no such rows.");
  assert.ok(isFault(await run(routerosPrint, { menu: "/nowhere" })));
});

test("parse_url", async () => {
  assert.deepEqual(JSON.parse(await text(parseUrlTool, { url: "https://[2001:db8::1]:8443/a%20b?x=1&y=%41#f" })), {
    scheme: "https",
    host: "2001:db8::1",
    hostKind: "ipv6",
    port: 8443,
    path: "/a%20b",
    query: [
      ["x", "1"],
      ["y", "A"],
    ],
  });
  assert.equal(JSON.parse(await text(parseUrlTool, { url: "http://x.test/?%" })).query, "%");
  for (const url of ["ftp://x.test/", "http://u:p@x.test/", "x.test", "http://0x7f.1/"])
    assert.ok(isFault(await run(parseUrlTool, { url })));
});

test("health_check", async () => {
  assert.match(await text(healthCheck, {}), /^llm: works\nrouteros: not reachable or not configured\ntime: 2025-/);
});

test("file tools without a workspace say so", async () => {
  const { files: _, ...none } = makeKit();
  for (const done of [
    await run(fileRead, { path: "a" }, none),
    await run(fileWrite, { path: "a", content: "x" }, none),
  ]) {
    assert.ok(isFault(done) && done.code === "no_workspace" && /No workspace is mounted/.test(done.what));
  }
});

test("file_write makes, replaces and lengthens; folders come by themselves", async () => {
  const kit = makeKit();
  assert.equal(
    await text(fileWrite, { path: "notes/a.txt", content: "Grüße\n" }, kit),
    'Wrote 8 bytes as "notes/a.txt".',
  );
  assert.equal(
    await text(fileWrite, { path: "notes/a.txt", content: "more", append: true }, kit),
    'Added 4 bytes to "notes/a.txt".',
  );
  assert.equal(await text(fileRead, { path: "notes/a.txt" }, kit), "Grüße\nmore");
  assert.equal(
    await text(fileWrite, { path: "new.txt", content: "x", append: true }, kit),
    'Added 1 bytes to "new.txt".',
  );
  await run(fileWrite, { path: "notes/a.txt", content: "new" }, kit);
  assert.equal(await text(fileRead, { path: "notes/a.txt" }, kit), "new");
  assert.deepEqual((await text(fileRead, { path: "." }, kit)).split("\n"), ["new.txt", "notes"]);
  assert.equal(await text(fileRead, { path: "notes" }, kit), "a.txt");
});

test("file_write keeps the old content when it cannot write the new", async () => {
  const kit = makeKit();
  await run(fileWrite, { path: "a", content: "old" }, kit);
  kit.files.full = true;
  for (const append of [false, true])
    assert.ok(isFault(await run(fileWrite, { path: "a", content: "new", append }, kit)));
  assert.equal(await text(fileRead, { path: "a" }, kit), "old");
});

test("file tools: sizes on both sides of their bounds", async () => {
  const kit = makeKit();
  const most = "x".repeat(FILE_WRITE_BYTES_MAX);
  assert.ok(!isFault(await run(fileWrite, { path: "a", content: most }, kit)));
  assert.ok(isFault(await run(fileWrite, { path: "b", content: `${most}x` }, kit)));
  assert.equal(kit.files.kept.has("b"), false);
  const over = await run(fileWrite, { path: "a", content: "x", append: true }, kit);
  assert.ok(isFault(over) && over.fault === "limit");
  kit.files.kept.set("big", new Uint8Array(FILE_READ_BYTES_MAX + 1).fill(65));
  const big = await run(fileRead, { path: "big" }, kit);
  assert.ok(isFault(big) && big.fault === "limit");
});

test("file_read in pieces gives the whole, and never cuts a character", async () => {
  const kit = makeKit();
  const whole = `x${"aé€👋".repeat(3_000)}`;
  kit.files.kept.set("a", encodeUtf8(whole));
  let got = "";
  let offset: number | undefined = 0;
  for (let pieces = 0; offset !== undefined; pieces += 1) {
    assert.ok(pieces < 20);
    const piece: string = await text(fileRead, { path: "a", offset }, kit);
    assert.ok(encodeUtf8(piece).length <= TOOL_OUT_BYTES_MAX);
    const more: RegExpExecArray | null = /\n\(bytes \d+ to \d+ of \d+; go on with offset (\d+)\)$/.exec(piece);
    got += more === null ? piece : piece.slice(0, more.index);
    offset = more === null ? undefined : Number(more[1]);
  }
  assert.equal(got, whole);
  assert.match(await text(fileRead, { path: "a", offset: 3 }, kit), /^é€/);
  const beyond = await run(fileRead, { path: "a", offset: 200_000 }, kit);
  assert.ok(isFault(beyond) && beyond.fault === "input");
});

test("file tools refuse what leaves the workspace, binaries, and say what is missing", async () => {
  const kit = makeKit();
  for (const path of ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "a\u0000b", "a/./b"]) {
    assert.ok(isFault(await run(fileRead, { path }, kit)), path);
    assert.ok(isFault(await run(fileWrite, { path, content: "x" }, kit)), path);
  }
  assert.equal(kit.files.kept.size, 0);
  kit.files.kept.set("bin", new Uint8Array([65, 0, 66]));
  const bin = await run(fileRead, { path: "bin" }, kit);
  assert.ok(isFault(bin) && /not a text file/.test(bin.what));
  const none = await run(fileRead, { path: "none" }, kit);
  assert.ok(isFault(none) && none.fault === "missing" && /"none"/.test(none.what));
  kit.files.kept.set("empty", new Uint8Array(0));
  assert.equal(await text(fileRead, { path: "empty" }, kit), "The file is empty.");
  for (let i = 0; i <= FILE_NAMES_SHOWN_MAX; i += 1) kit.files.kept.set(`f${i}`, new Uint8Array(1));
  assert.match(await text(fileRead, { path: "" }, kit), /more than 200 names/);
});

test("file_write: a path that names no file makes no folder on its way", async () => {
  const kit = makeKit();
  for (const path of ["x/", "x/..", "x//y", "x/./y", "/x/y", "x/y/"]) {
    const refused = await run(fileWrite, { path, content: "a" }, kit);
    assert.ok(isFault(refused) && refused.fault === "input", path);
    assert.match(refused.what, /^This path is not allowed: .*\.$/);
  }
  assert.deepEqual(await kit.files.list(world.scope, "", 10), []);
});
