import assert from "node:assert/strict";
import { test } from "node:test";
import { Bug } from "../../../src/base/bug.ts";
import { isFault, type Outcome } from "../../../src/base/fault.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { routes } from "../../../src/net/routes.ts";
import type { Handler, Reply } from "../../../src/port/http.ts";
import { virtualTime } from "../../support/fake-host.ts";

const says =
  (body: string): Handler =>
  async () => ({ status: 200, headers: [], body });
const table = routes([
  { method: "GET", path: "/a", handler: says("get a") },
  { method: "DELETE", path: "/a", handler: says("delete a") },
  { method: "POST", path: "/b", handler: says("post b") },
]);
const root = rootScope(virtualTime().timers);
const ask = async (method: string, path: string): Promise<Outcome<Reply>> =>
  table(root.scope, { method, path, query: "", headers: [], peer: "192.0.2.1", body: async () => new Uint8Array(0) });

test("method and path choose the handler; GET answers HEAD", async () => {
  for (const [method, path, body] of [
    ["GET", "/a", "get a"],
    ["HEAD", "/a", "get a"],
    ["DELETE", "/a", "delete a"],
    ["POST", "/b", "post b"],
  ] as const) {
    assert.deepEqual(await ask(method, path), { status: 200, headers: [], body });
  }
});

test("an unknown path is missing, exactly", async () => {
  for (const path of ["/", "/A", "/a/", "/a/b", "//a", "*", "/__proto__"]) {
    const r = await ask("GET", path);
    assert.ok(isFault(r) && r.fault === "missing", path);
  }
});

test("a known path with another method is 405 with Allow", async () => {
  for (const method of ["PUT", "get", "toString"]) {
    const r = await ask(method, "/a");
    assert.ok(!isFault(r) && "status" in r && r.status === 405);
    assert.deepEqual(
      r.headers.find(([n]) => n === "Allow"),
      ["Allow", "GET, HEAD, DELETE"],
    );
  }
});

test("two routes for one thing are a bug", () => {
  const twice = { method: "GET", path: "/a", handler: says("") };
  assert.throws(() => routes([twice, twice]), Bug);
});
