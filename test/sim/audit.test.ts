// The audit log under power cuts: cut at any time, each write that reached the router has its
// entry on the disk, the chain holds after each start, and changes go on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packCommands } from "../../scripts/gen-commands.ts";
import { isFault } from "../../src/base/fault.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { decodeUtf8 } from "../../src/base/utf8.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import { verifyChain } from "../../src/ros/journal.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { agentMachine } from "./support/agent-machine.ts";
import { drive } from "./support/drive.ts";
import { ROUTER_ENV, startRouter } from "./support/router.ts";
import { machineOn, ok, withRoot, world } from "./support/worlds.ts";

const TOKEN = "olivia-token";

test("power cuts at any time: what was done has its entry, and the chain holds", async (t) => {
  const w = world(SEED);
  const commands = packCommands();
  const router = startRouter(w, commands);
  const env = { ...ROUTER_ENV, GATEWAY_BIND: "0.0.0.0", GATEWAY_TOKEN_SHA256: sha256Hex(TOKEN) };
  const agent = agentMachine(w, {
    ...{ address: "10.0.0.9", env, args: ["gateway"], resources: commands },
    roots: { workspace: { "notes.txt": "mine" } },
  });
  const { host } = machineOn(w, "client", { address: "10.0.0.50" });
  const chance = w.chance("cuts");
  const counts = { entries: 0, kept: 0, torn: 0 };
  await drive(w, () =>
    withRoot(host, async (s) => {
      const http = makeHttp(host);
      const send = async (method: string, path: string, body?: string): Promise<string | null> => {
        const headers: [string, string][] = [["authorization", `Bearer ${TOKEN}`]];
        if (body !== undefined) headers.push(["content-type", "application/json"]);
        const more = body === undefined ? {} : { body };
        const url = `http://10.0.0.9:18789${path}`;
        const r = await http.send(s, { method, url, headers, ...more, maxBytes: 4_194_304, repeatable: false });
        return isFault(r) ? null : decodeUtf8(r.body);
      };
      const say = async (message: string): Promise<string> => {
        const text = await send("POST", "/chat", JSON.stringify({ message }));
        return text === null ? "" : String((JSON.parse(text) as { reply?: string }).reply ?? "");
      };
      await router.ready;
      for (let i = 0; i < RUNS(12); i += 1) {
        await ok(host.clock.sleep(s, 5_000));
        const offered = await say(`/ip/dns/static/add name=n${i}.lan address=10.9.9.9`);
        const id = /Plan ([0-9A-Z]{6}) /.exec(offered)?.[1];
        assert.ok(id !== undefined, `round ${i}: ${offered}`);
        const cutInMs = chance.below(3_000);
        w.at(w.nowMs() + cutInMs, () => agent.cut(1_000));
        await say(`/approve ${id}`);
        await ok(host.clock.sleep(s, 10_000));
        const log = await send("GET", "/audit");
        const found = verifyChain(log ?? "");
        assert.ok(!isFault(found), isFault(found) ? `round ${i}, cut after ${cutInMs} ms: ${found.what}` : "");
        const approved = (log ?? "").split('"what":"approved"').length - 1;
        assert.ok(router.writes() <= approved, `round ${i}: ${router.writes()} writes, ${approved} approved`);
        counts.entries = found.head.n;
        counts.kept = router.writes();
      }
      assert.equal(decodeUtf8(agent.machine.disk("workspace").read("notes.txt") ?? new Uint8Array()), "mine");
      await http.close();
      await agent.stop();
      await router.stop();
    }),
  );
  assert.ok(counts.kept > 0 && counts.kept < counts.entries);
  t.diagnostic(`${RUNS(12)} power cuts: ${counts.entries} entries, ${counts.kept} writes`);
});
