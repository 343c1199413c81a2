// The simulated router on a real loopback socket of the Node host: keep-alive, closing
// after a reply, lost replies, restarts, and the address it refuses to listen on.

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { after, before, test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { type SimServer, serveSimRouter } from "../../../src/edges/simrouter/server.ts";
import { testParts } from "../../support/commands.ts";
import { makeTestHost, type TestHost } from "../../support/node-host.ts";

let machine: TestHost;
let server: SimServer;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Got {
  status: number;
  body: string;
  reused: boolean;
}

function send(method: string, path: string, body?: object): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` };
    const typed = body === undefined ? headers : { ...headers, "content-type": "application/json" };
    const sent = request({ agent, host: "127.0.0.1", port: server.port, method, path, headers: typed }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (piece: string) => {
        text += piece;
      });
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body: text, reused: sent.reusedSocket }));
      reply.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const options = { port: 0, user: "admin", password: "admin", seed: 1 };

before(async () => {
  machine = makeTestHost({ resources: testParts() });
  const made = await serveSimRouter(machine.scope, machine.host, options);
  assert.ok(!isFault(made));
  server = made;
});

after(async () => {
  agent.destroy();
  await server.drain(machine.scope);
  await machine.end();
});

test("one connection is kept for a hundred requests", async () => {
  await send("GET", "/rest/system/identity");
  for (let i = 0; i < 100; i += 1) {
    const got = await send("GET", "/rest/system/identity");
    assert.deepEqual([got.status, got.body, got.reused], [200, '{"name":"MikroTik"}', true]);
  }
});

test("a connection that closes after the reply: the reply is whole, the next one is on a new connection", async () => {
  server.world.failNext({ kind: "close" });
  assert.equal((await send("GET", "/rest/system/identity")).status, 200);
  await new Promise((resolve) => setImmediate(resolve));
  const next = await send("GET", "/rest/system/identity").catch(() => send("GET", "/rest/system/identity"));
  assert.deepEqual([next.status, next.reused], [200, false]);
});

test("a lost reply was done all the same", async () => {
  server.world.failNext({ kind: "lost" });
  await assert.rejects(send("POST", "/rest/system/identity/set", { name: "done" }));
  assert.equal((await send("GET", "/rest/system/identity")).body, '{"name":"done"}');
});

test("ids in a path and a DELETE without a body", async () => {
  const made = await send("PUT", "/rest/ip/firewall/address-list", { list: "x", address: "192.0.2.9" });
  assert.equal(made.status, 201);
  const id: unknown = JSON.parse(made.body)[".id"];
  const gone = await send("DELETE", `/rest/ip/firewall/address-list/${id}`);
  assert.deepEqual([gone.status, gone.body], [204, ""]);
});

test("while it restarts nobody is answered", async () => {
  server.world.reboot();
  await assert.rejects(send("GET", "/rest/system/identity"));
  await assert.rejects(send("GET", "/rest/system/identity"));
});

test("a taken port and an address beyond loopback are refused", async () => {
  const taken = await serveSimRouter(machine.scope, machine.host, { ...options, port: server.port });
  assert.ok(isFault(taken) && taken.fault === "conflict");
  const wide = await serveSimRouter(machine.scope, machine.host, { ...options, bind: "0.0.0.0" });
  assert.ok(isFault(wide) && wide.fault === "input");
});

test("a release that is not known is refused", async () => {
  for (const ros of ["6.49", "7.x"]) {
    const made = await serveSimRouter(machine.scope, machine.host, { ...options, ros });
    assert.ok(isFault(made) && made.fault === "input", ros);
  }
});

test("with reach, a request hangs while the firewall drops it and goes on when it does not", async () => {
  const made = await serveSimRouter(machine.scope, machine.host, { ...options, reach: {} });
  assert.ok(!isFault(made));
  const undo = "/ip/firewall/filter/remove [find comment=oops]";
  made.world.run(`/ip/firewall/filter/add chain=input action=drop comment=oops place-before=*2`);
  const asked = fetch(`http://127.0.0.1:${made.port}/rest/system/identity`, {
    headers: { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` },
  });
  const first = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300, "nothing"))]);
  assert.equal(first, "nothing");
  assert.equal(made.world.run(undo), null);
  assert.equal((await asked).status, 200);
  await made.drain(machine.scope);
});

test("without the command tree it says what to do", async () => {
  const bare = makeTestHost();
  const made = await serveSimRouter(bare.scope, bare.host, options);
  assert.ok(isFault(made));
  assert.match(made.next ?? "", /make build/);
  await bare.end();
});
