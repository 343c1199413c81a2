import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { judgeImport, judgePackage } from "../../../scripts/tidy/layers.ts";
import { sayFinding, tidy } from "../../../scripts/tidy/run.ts";
import { grown, judgeSize } from "../../../scripts/tidy/sizes.ts";
import { compareTables, numbersInC } from "../../../scripts/tidy/tables.ts";

// A small repository in which every rule is broken once. `//! rule` at the end of a line
// says what must be found there; nothing else may be found.
const HEAD = "// A file for this test.\n";
const FAULT = `import { fault, isFault, type Fault, type Outcome, type Wait } from "../base/fault.ts";
import { type Scope, withScope } from "../base/scope.ts";
`;

const marker = ["TO", "DO"].join("");
const longBody = (lines: number): string => Array.from({ length: lines }, (_, i) => `  n += ${i};\n`).join("");

const PLANTED: Readonly<Record<string, string>> = {
  "src/net/up.ts": `${HEAD}import type { Row } from "../core/row.ts"; //! layers\nexport type Up = Row;\n`,
  "src/core/row.ts": `${HEAD}import { side } from "../edges/tools/side.ts"; //! layers\nexport interface Row { n: typeof side }\n`,
  "src/edges/tools/side.ts": `${HEAD}export type T = import("../channels/x.ts").X; //! layers\nexport const side = 1;\n`,
  "src/edges/channels/x.ts": `${HEAD}import "../../cli/main.ts"; //! layers\nexport type X = number;\n`,
  "src/cli/main.ts": `${HEAD}import { side } from "../edges/tools/side.ts";\nexport const seen = [globalThis, side];\n`,
  "src/host/sim/h.ts": `${HEAD}import type { Abi } from "../../port/abi.ts";\nimport type { Row } from "../../core/row.ts"; //! layers\nexport type H = Abi | Row;\n`,
  "src/net/node.ts": `${HEAD}import { readFileSync } from "node:fs"; //! layers\nexport const r = readFileSync;\n`,
  "src/host/node/ok.ts": `${HEAD}import { readFileSync } from "node:fs";\nexport const now = [Date.now(), readFileSync];\n`,
  "src/net/forms.ts": `${HEAD}
export const a = (x: unknown): void => void (x as any); //! any doc
/** Doc. */
export function b(x: string[]): string { return x[0]!; } //! non-null
class C { n = 1; } //! class
export const c = C;
try { c.name; } catch { } //! catch
Promise.resolve().catch(() => 1); //! catch
// ${marker} later //! todo
// @ts-ignore //! ts-ignore
export * from "./engine.ts"; //! barrel
export { r } from "./node.ts"; //! barrel
export default 1; //! default-export
`,
  "src/net/headless.ts": "export const noHeader = 1; //! header\n",
  "src/net/long.ts": `${HEAD}/** Doc. */\nexport function long(): number { //! sizes\n  let n = 0;\n${longBody(60)}  return n;\n}\n`,
  "src/net/factory.ts": `${HEAD}/** Holds methods; none is long. */\nexport function makeIt(): { a(): number; b(): number } {\n  let n = 0;\n  return {\n    a() {\n${longBody(40)}      return n;\n    },\n    b() {\n${longBody(40)}      return n;\n    },\n  };\n}\n`,
  "src/net/file.ts": `// Long. //! sizes\n${Array.from({ length: 250 }, (_, i) => `export const n${i} = ${i};\n`).join("")}`,
  "src/net/engine.ts": `${HEAD}import { z } from "zod/mini"; //! engine
export const f = Intl; //! engine
export const g = globalThis; //! engine
export const made = new Function("return 1"); //! engine
export const own = { Intl: 1, eval: 2 };
export const h = (1).toLocaleString(); //! engine
export const i = "a".localeCompare("b"); //! engine
export const j = z.url(); //! engine
export const k = /a/v; //! engine
export const l = /(?i:a)/; //! engine
export const m = new RegExp("a", "v"); //! engine
export const n = /(?:a)(?<name>b)(?=c)(?<!d)/u;
export const o = Date.now(); //! clock
export const p = Math.random(); //! clock
export const q = new Date(); //! clock
export const t = new Date(0);
`,
  "src/net/values.ts": `${HEAD}${FAULT}
const send = (s: Scope, n: number): Wait<number> => Promise.resolve(s.stopped ?? n);
const look = (n: number): Outcome<void> => (n > 0 ? undefined : fault("input", "no"));
/** Looks at nothing. */
export async function blind(s: Scope): Promise<void> {
  await send(s, 1); //! outcome
  look(2); //! outcome
  void send(s, 3); //! outcome
  (await send(s, 4)); //! outcome
  const r = await send(s, 5);
  if (isFault(r)) return;
  await Promise.resolve(r);
}
/** Waits without a scope. */
export function waits(n: number): Wait<number> { return Promise.resolve(n); } //! scope
/** Waits with one, second. */
export const second = (n: number, s: Scope): Wait<number> => send(s, n); //! scope
/** Right. */
export const right = (s: Scope, n: number): Wait<number> => send(s, n);
/** Cannot fail, so it need not be stopped. */
export const close = (): Promise<void> => Promise.resolve();
export interface Port {
  get(key: string): Wait<string>; //! scope
  readonly put?: (key: string) => Wait<void>; //! scope
  find(s: Scope, key: string): Wait<string | Fault>;
  close(): Promise<void>;
}
`,
  "src/net/secrets.ts": `${HEAD}import { reveal, secret, type Secret } from "../base/secret.ts";
/** Shows it. */
export const shown = (x: Secret): string => reveal(x); //! reveal
const twin = (reveal: number): number => reveal;
export const fine = [twin(1), secret("a", "b")];
`,
  "src/net/http-head.ts": `${HEAD}import { reveal, type Secret } from "../base/secret.ts";
/** May. */
export const text = (x: Secret): string => reveal(x);
`,
  "src/net/bounds.ts": `${HEAD}${FAULT}import { queue } from "../base/queue.ts";
import { LANE_WAITING_MAX } from "../base/limits.ts";
export const a = queue<number>(16); //! bound
export const b = [queue<number>(LANE_WAITING_MAX), queue<number>(1)];
/** Waits. */
export const c = (s: Scope): Wait<void> => withScope(s, 5 * 1000, async () => undefined); //! bound
export const d = { maxBytes: 1024, other: 3 }; //! bound
export const TRIES_MAX = 3; //! bound
`,
  "src/edges/tools/good-name.ts": `${HEAD}export const goodName = { name: "good_name" } as const;\n`,
  "src/edges/tools/bad.ts": `${HEAD}export const bad = { id: "worse" };\n`,
  "src/edges/tools/none.ts": `${HEAD}export const none = 1;\n`,
  "src/edges/store/two-words.ts": `${HEAD}/** Makes one. */\nexport const twoWords = (): number => 1;\n`,
  "src/edges/store/three.ts": `${HEAD}/** Makes one. */\nexport function four(): number { return 1; }\n`,
  "src/app/catalog/stores.ts": `${HEAD}export { twoWords } from "../../edges/store/two-words.ts";
export { four } from "../../edges/store/three.ts"; //! catalog
export { nobody } from "../../edges/store/three.ts"; //! catalog
`,
  "src/app/catalog/tools.ts": `${HEAD}export { goodName } from "../../edges/tools/good-name.ts";
export { bad } from "../../edges/tools/bad.ts"; //! catalog
export { none } from "../../edges/tools/none.ts"; //! catalog
export const other = 1; //! catalog
`,
  "scripts/s.ts": `export const any = (x: any): unknown => x; //! any\nclass Fine {}\nexport const made = new Fine();\n`,
  "test/t.test.ts": `// @ts-expect-error\nconst n: number = "a";\n// ${marker} //! todo\n`,
};

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "tidy-"));
  for (const name of ["fault", "bug", "scope", "secret", "queue", "limits"]) {
    cpSync(`src/base/${name}.ts`, `${root}/src/base/${name}.ts`);
  }
  cpSync("src/port/abi.ts", `${root}/src/port/abi.ts`);
  for (const [path, text] of Object.entries(PLANTED)) {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    writeFileSync(`${root}/${path}`, text);
  }
});
after(() => rmSync(root, { recursive: true, force: true }));

/** "file:line rule" of every mark in the planted files. */
function expected(): string[] {
  return Object.entries(PLANTED).flatMap(([path, text]) =>
    text.split("\n").flatMap((line, at) => {
      const rules = line.split("//! ")[1]?.split(" ") ?? [];
      return rules.map((rule) => `${path}:${at + 1} ${rule}`);
    }),
  );
}

test("each planted breach is found where it stands, and nothing else", () => {
  const found = tidy(root).filter((f) => !f.file.startsWith("src/base/"));
  const places = new Set(found.map((f) => `${f.file}:${f.line} ${f.rule}`));
  assert.deepEqual([...places].sort(), [...new Set(expected())].sort());
  for (const finding of found) assert.match(sayFinding(finding), /^\S+:\d+ [a-z-]+ .{10,}$/);
});

test("every pair of layers is judged as the design's table says", () => {
  const folders = ["base", "port", "net", "ros", "core", "edges/a", "edges/b", "app", "cli", "host/node", "host/sim"];
  const allowed: Readonly<Record<string, string>> = {
    base: "base",
    port: "base port",
    net: "base port net",
    ros: "base port net ros",
    core: "base port net ros core",
    "edges/a": "base port net ros edges/a",
    "edges/b": "base port net ros edges/b",
    app: "base port net ros core edges/a edges/b app",
    cli: "base port net ros core edges/a edges/b app cli",
    "host/node": "base host/node",
    "host/sim": "base host/sim",
  };
  for (const from of folders) {
    const may = folders.filter((to) => judgeImport(`src/${from}/x.ts`, `src/${to}/y.ts`) === null);
    assert.deepEqual(may.join(" "), allowed[from], `imports of ${from}`);
  }
  assert.equal(judgeImport("src/host/sim/x.ts", "src/port/abi.ts"), null);
  assert.notEqual(judgeImport("src/app/x.ts", "scripts/y.ts"), null);
  assert.notEqual(judgeImport("src/utils/x.ts", "src/base/y.ts"), null);
});

test("packages that only one place may import", () => {
  assert.equal(judgePackage("src/host/node/fs.ts", "node:fs"), null);
  assert.notEqual(judgePackage("src/net/x.ts", "node:fs"), null);
  assert.notEqual(judgePackage("src/host/sim/x.ts", "quickjs-emscripten"), null);
  assert.notEqual(judgePackage("src/net/x.ts", "zod"), null);
  assert.equal(judgePackage("src/net/x.ts", "zod/mini"), null);
  assert.equal(judgePackage("src/app/x.ts", "gen:tools"), null);
});

test("an exception from the length limits may only shrink", () => {
  assert.equal(judgeSize(250, 250, undefined), null);
  assert.match(judgeSize(251, 250, undefined) ?? "", /split/);
  assert.equal(judgeSize(300, 250, 300), null);
  assert.match(judgeSize(301, 250, 300) ?? "", /shorter/);
  assert.match(judgeSize(299, 250, 300) ?? "", /lower/);
  assert.match(judgeSize(250, 250, 300) ?? "", /remove/);
  assert.deepEqual(grown({ a: 3, b: 3 }, { a: 3, b: 2 }), []);
  assert.deepEqual(grown({ a: 3 }, { a: 4, b: 1 }), ["a", "b"]);
});

test("the ABI's numbers in C are compared with the table", () => {
  const c = numbersInC("#define OP_READ 38\nenum { SYNC_ENV = 6, CODE_OK=0, };\n/* OP_x */ int OP_COUNT;");
  assert.deepEqual(
    [...c],
    [
      ["OP_READ", 38],
      ["SYNC_ENV", 6],
      ["CODE_OK", 0],
    ],
  );
  assert.deepEqual(compareTables(c, new Map(c)), []);
  assert.equal(compareTables(new Map([["OP_READ", 38]]), new Map([["OP_READ", 39]])).length, 1);
  assert.equal(compareTables(new Map([["OP_READ", 38]]), new Map()).length, 1);
  assert.equal(compareTables(new Map(), new Map([["OP_READ", 38]])).length, 1);
});

test("host.h that differs from the table is a finding", () => {
  mkdirSync(`${root}/src/host/native`, { recursive: true });
  writeFileSync(`${root}/src/host/native/host.h`, "#define OP_READ 1\n");
  const found = tidy(root).filter((f) => f.rule === "abi");
  rmSync(`${root}/src/host/native`, { recursive: true });
  assert.ok(found.some((f) => f.message.startsWith("OP_READ is 38 here and 1 ")));
});
