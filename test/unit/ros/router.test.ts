// The Router port against scripted replies: exact request lines, masking, policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { unanswered } from "../../../src/ros/errors.ts";
import { json, type Rig, type Scripted, scriptedRig } from "../../support/ros-rig.ts";

const NAMES: Readonly<Record<string, Scripted>> = {
  "GET /system/identity": json({ name: "home" }),
  "GET /system/resource?.proplist=board-name,version,uptime": json({
    "board-name": "hAP ax^2",
    version: "7.24.4 (stable)",
    uptime: "1d7h",
  }),
};

function rig(replies: Readonly<Record<string, Scripted>>, host?: string): Rig {
  const all = { ...NAMES, ...replies };
  return scriptedRig((line) => all[line], host);
}

const STATIC = [
  { ".id": "*1", name: "router.lan", address: "192.168.88.1", disabled: "false", dynamic: "false" },
  { ".id": "*2", name: "nas.lan", address: "192.168.88.2", comment: "old", disabled: "false", dynamic: "false" },
];

/** Whether *2 is still the row that was planned on. */
const LOOK = "GET /ip/dns/static/*2";

const about = (lines: readonly string[]): string[] => lines.filter((l) => !l.includes("/system/"));

test("print sends exact matches, filters the rest here and hides secrets", async () => {
  const rows = [
    { ".id": "*1", name: "wg1", "private-key": "AAAABBBBCCCC=", mtu: 1420, running: true },
    { ".id": "*2", name: "wg2", "private-key": "", mtu: 1380, running: false },
  ];
  const r = rig({ "GET /interface/wireguard?disabled=false": json(rows) });
  const plan = await r.run(r.router.plan(r.world.scope, "/interface/wireguard/print where disabled=no mtu>1400"));
  assert.ok(!isFault(plan));
  assert.equal(plan.risk, "read");
  assert.deepEqual(plan.calls, [{ method: "GET", path: "/interface/wireguard?disabled=false" }]);
  const text = await r.run(r.router.read(r.world.scope, plan));
  assert.equal(text, ".id: *1\nname: wg1\nprivate-key: ***\nmtu: 1420\nrunning: true");
  assert.deepEqual(about(r.lines), ["GET /interface/wireguard?disabled=false"]);
  const none = await r.run(r.router.plan(r.world.scope, "/interface/wireguard/print where disabled=no mtu>1500"));
  assert.ok(!isFault(none));
  assert.equal(await r.run(r.router.read(r.world.scope, none)), "No entries.");
});

test("rows: every value a string, secrets hidden, remembered in free text", async () => {
  const r = rig({
    "GET /interface/wireguard": json([
      { ".id": "*1", name: "wg1", "private-key": "AAAABBBBCCCC=", mtu: 1420, running: true },
    ]),
    "GET /log": json([{ ".id": "*9", message: "key AAAABBBBCCCC= changed", topics: "wireguard" }]),
  });
  const rows = await r.run(r.router.print(r.world.scope, "/interface/wireguard", {}, 10));
  assert.deepEqual(rows, [{ ".id": "*1", name: "wg1", "private-key": "***", mtu: "1420", running: "true" }]);
  const log = await r.run(r.router.print(r.world.scope, "/log", {}, 10));
  assert.deepEqual(log, [{ ".id": "*9", message: "key <secret:private-key> changed", topics: "wireguard" }]);
});

test("a set: before-values, PATCH by id, read back, kept", async () => {
  const done = { ".id": "*2", comment: "new one" };
  let patched = false;
  const r = scriptedRig((line) => {
    if (line === 'PATCH /ip/dns/static/*2 {"comment":"new one"}') {
      patched = true;
      return json({ ...STATIC[1], ...done });
    }
    if (line === "GET /ip/dns/static?name=nas.lan") return json([STATIC[1]]);
    if (line === LOOK) return json(STATIC[1]);
    if (line === "GET /ip/dns/static/*2?.proplist=.id,comment" && patched) return json(done);
    return NAMES[line];
  });
  const plan = await r.run(r.router.plan(r.world.scope, '/ip/dns/static/set [find name=nas.lan] comment="new one"'));
  assert.ok(!isFault(plan));
  assert.equal(plan.risk, "reversible");
  assert.equal(plan.diff, "PATCH /ip/dns/static/*2 (nas.lan old)\n  comment: old → new one");
  assert.match(plan.hash, /^[0-9a-f]{64}$/);
  const changed = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
  assert.deepEqual(changed, { state: "kept", told: "The change is made and read back as planned." });
  assert.deepEqual(about(r.lines), [
    "GET /ip/dns/static?name=nas.lan",
    LOOK,
    'PATCH /ip/dns/static/*2 {"comment":"new one"}',
    "GET /ip/dns/static/*2?.proplist=.id,comment",
  ]);
});

test("a real router: commands without a way back are refused before any row is read", async () => {
  const r = rig({});
  for (const [command, code] of [
    ["/user/add name=x group=full password=y", "lifeline"],
    ["/system/reboot", "lifeline"],
    ["/system/reset-configuration", "lifeline"],
    ["/tool/fetch url=http://x", "dangerous"],
    ["/system/shell", "not_translated"],
    ["/ip/dns/static/add name=x.lan address=192.168.88.9; /system/reboot", "lifeline"],
  ] as const) {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(isFault(plan), command);
    assert.equal(plan.fault, "denied", command);
    assert.equal(plan.code, code, command);
    assert.match(plan.next ?? "", /terminal/);
  }
  assert.deepEqual(about(r.lines), []);
});

test("a router that only calls itself simulated is a real one", async () => {
  const fake = {
    "GET /system/resource?.proplist=board-name,version,uptime": json({
      "board-name": "MikroClaw simulated router",
      version: "7.24",
      uptime: "1s",
    }),
  };
  const far = rig(fake, "192.168.88.1");
  const facts = await far.run(far.router.facts(far.world.scope));
  assert.ok(!isFault(facts));
  assert.equal(facts.simulated, false);
  const near = rig(fake, "127.0.0.1");
  const known = await near.run(near.router.facts(near.world.scope));
  assert.ok(!isFault(known));
  assert.equal(known.simulated, true);
});

test("a typed secret shows up in neither the plan's text nor its command", async () => {
  const r = scriptedRig(
    (line) =>
      line.startsWith("GET /system/resource")
        ? json({ "board-name": "MikroClaw simulated router", version: "7.24", uptime: "1s" })
        : NAMES[line],
    "127.0.0.1",
  );
  const plan = await r.run(r.router.plan(r.world.scope, '/ppp/secret/add name=anna password="hunter2-hunter2"'));
  assert.ok(!isFault(plan));
  assert.equal(plan.command, '/ppp/secret/add name="anna" password=***');
  assert.ok(!plan.diff.includes("hunter2"));
  assert.match(plan.diff, /It changes a secret: password\./);
});

test("an approval for another plan, a plan read as a change and a change read as a plan are refused", async () => {
  const r = rig({ "GET /ip/dns/static?name=nas.lan": json([STATIC[1]]) });
  const s = r.world.scope;
  const plan = await r.run(r.router.plan(s, "/ip/dns/static/set [find name=nas.lan] comment=x"));
  const read = await r.run(r.router.plan(s, "/ip/dns/static/print"));
  assert.ok(!isFault(plan) && !isFault(read));
  const before = r.lines.length;
  for (const refused of [
    await r.run(r.router.change(s, plan, { planHash: read.hash })),
    await r.run(r.router.change(s, read, { planHash: read.hash })),
    await r.run(r.router.read(s, plan)),
    await r.run(r.router.read(s, { ...plan, risk: "read" })),
    await r.run(r.router.change(s, { ...plan, hash: "0".repeat(64) }, { planHash: "0".repeat(64) })),
  ]) {
    assert.ok(isFault(refused));
  }
  assert.equal(r.lines.length, before);
});

test("unknown menus and secret conditions in typed reads", async () => {
  const r = rig({});
  const s = r.world.scope;
  const nowhere = await r.run(r.router.print(s, "/ip/adress", {}, 5));
  assert.ok(isFault(nowhere));
  assert.match(nowhere.next ?? "", /\/ip\/address/);
  const guess = await r.run(r.router.print(s, "/ppp/secret", { password: "a" }, 5));
  assert.ok(isFault(guess));
  assert.equal(guess.fault, "denied");
  assert.deepEqual(r.lines, []);
});

test("error replies become faults with the next step", async () => {
  const cases: ReadonlyArray<readonly [Scripted, string, RegExp]> = [
    [{ status: 401, body: '{"error":401,"message":"Unauthorized"}' }, "denied", /\/user\/print/],
    [
      { status: 500, body: '{"error":500,"message":"x","detail":"std failure: not allowed (9)"}' },
      "denied",
      /policy=read,write,test,api,rest-api/,
    ],
    [{ status: 403, body: "<html>Forbidden</html>" }, "denied", /webserver/],
    [{ status: 400, body: '{"error":400,"message":"Bad Request","detail":"Session closed"}' }, "timeout", /print/],
    [{ status: 200, body: "<html>hello</html>" }, "failed", /REST/],
    [{ status: 200, body: '{"half":' }, "failed", /REST/],
    [{ status: 503, body: "" }, "limit", /again in a minute/],
    [{ status: 429, body: "" }, "limit", /again in a minute/],
    [{ status: 403, body: '{"error":403,"message":"Forbidden"}' }, "denied", /\/user\/print/],
    [{ status: 500, body: '{"error":500,"message":"Internal Server Error"}' }, "failed", /\/log\/print/],
    [{ status: 502, body: "<html>Bad gateway</html>" }, "failed", /\/log\/print/],
    [{ status: 302, body: "" }, "failed", /https:\/\//],
    [{ status: 418, body: "" }, "input", /terminal/],
    [{ status: 200, body: "" }, "failed", /REST/],
    [{ status: 204, body: "" }, "failed", /REST/],
    [fault("failed", "x", { code: "content_encoding", maybeDone: true }), "failed", /proxy/],
    [fault("limit", "x", { code: "body_too_large", maybeDone: true }), "limit", /proplist/],
    [fault("failed", "x", { code: "cut_short", maybeDone: true }), "failed", /again/],
    [fault("failed", "x", { code: "bad_reply", next: "?", maybeDone: true }), "failed", /https:\/\//],
    [fault("unreachable", "x", { code: "closed_before_reply" }), "unreachable", /https:\/\//],
    [fault("failed", "x", { code: "tls_wanted", next: "?", maybeDone: true }), "failed", /https:.*ROUTER_HOST/],
  ];
  for (const [reply, kind, next] of cases) {
    const r = rig({ "GET /ip/address": reply });
    const rows = await r.run(r.router.print(r.world.scope, "/ip/address", {}, 5));
    assert.ok(isFault(rows));
    assert.equal(rows.fault, kind);
    assert.match(rows.next ?? "", next);
    assert.equal(rows.maybeDone, false);
  }
});

test("HTTPS that fails: the certificate is advised on only where it is the trouble", () => {
  const https = { scheme: "https", host: "h", port: 443, path: "/", query: "", href: "https://h/" } as const;
  const next = (what: string): string =>
    unanswered(fault("denied", what, { next: "The client's own." }), https).next ?? "";
  assert.match(next("The certificate of h is signed by itself. Its SHA-256 fingerprint is ab."), /ROUTER_PIN/);
  assert.match(next("The certificate of h is not the pinned one: its SHA-256 fingerprint is ab."), /stand between/);
  for (const what of [
    "The other side does not speak TLS on this port.",
    "No TLS connection with h came about: handshake failure.",
  ]) {
    assert.doesNotMatch(next(what), /ROUTER_PIN/);
    assert.match(next(what), /www-ssl/);
  }
});

test("what is no router is not believed, whatever is read of it", async () => {
  const resource = "GET /system/resource?.proplist=board-name,version,uptime";
  const odd: readonly Scripted[] = [
    { status: 200, body: "" },
    { status: 204, body: "" },
    json([]),
    json({}),
    json("hello"),
    json([1, 2]),
    json({ status: "ok", version: "none" }),
    json([{ version: "7.1" }, { version: "7.2" }]),
    { status: 404, body: '{"error":404,"message":"Not Found"}' },
    { status: 404, body: "<html>no</html>" },
  ];
  for (const reply of odd) {
    const r = rig({ [resource]: reply, "GET /ip/address": json([]), "GET /system/resource": reply });
    const s = r.world.scope;
    for (const got of [
      await r.run(r.router.facts(s)),
      await r.run(r.router.print(s, "/ip/address", {}, 5)),
      await r.run(r.router.print(s, "/system/resource", {}, 5)),
      await r.run(r.router.snapshot(s)),
    ]) {
      assert.ok(isFault(got), JSON.stringify(reply));
      assert.match(got.what, /192\.168\.88\.1:80.*REST|REST is not there/);
      assert.match(got.next ?? "", /ROUTER_HOST.*7\.1/);
    }
  }
});

test("many readers at once ask only once who the router is", async () => {
  const r = rig({ "GET /ip/address": json([]) });
  const all = Promise.all([1, 2, 3].map(() => r.router.print(r.world.scope, "/ip/address", {}, 5)));
  assert.deepEqual(await r.run(all), [[], [], []]);
  assert.equal(r.lines.filter((l) => l.includes("/system/resource")).length, 1);
});

test("requests go out one at a time; a caller that leaves ends only its wait", async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const r = scriptedRig((line) => NAMES[line]);
  const { makeRest } = await import("../../../src/ros/rest.ts");
  const { secret } = await import("../../../src/base/secret.ts");
  const { launch } = await import("../../../src/base/scope.ts");
  let open = 0;
  let most = 0;
  const sent: string[] = [];
  const rest = makeRest({
    http: {
      async send(_s, q) {
        open += 1;
        most = Math.max(most, open);
        sent.push(q.method);
        assert.equal(q.repeatable, q.method === "GET");
        await gate;
        open -= 1;
        return { status: 200, headers: [], body: new TextEncoder().encode("[]") };
      },
      stream: () => Promise.resolve(fault("failed", "not used")),
    },
    base: { scheme: "http", host: "10.0.0.1", port: 80, path: "/", query: "", href: "http://10.0.0.1/" },
    user: "u",
    pass: secret("p", "q"),
    scope: r.world.scope,
  });
  const first = launch(r.world.scope, 1_000_000, (s) => rest.call(s, { method: "PUT", path: "/ip/address", body: {} }));
  const second = launch(r.world.scope, 1_000_000, (s) =>
    rest.call(s, { method: "PUT", path: "/ip/address", body: {} }),
  );
  const third = launch(r.world.scope, 1_000_000, (s) => rest.call(s, { method: "GET", path: "/ip/address" }));
  await r.world.settle();
  first.stop(fault("stopped", "left"));
  second.stop(fault("stopped", "left"));
  const [a, b] = [await first.done, await second.done];
  assert.ok(isFault(a) && isFault(b));
  assert.equal(a.maybeDone, true, "it was sent");
  assert.equal(b.maybeDone, false, "it was still waiting");
  release();
  assert.deepEqual(await third.done, []);
  assert.deepEqual(sent, ["PUT", "GET"]);
  assert.equal(most, 1);
});

test("long values: whole alone, in the last column and with detail; what is cut is said", async () => {
  const long = "w".repeat(150);
  const rows = [1, 2].map((n) => ({ ".id": `*${n}`, address: `10.0.0.${n}`, comment: long, list: "x" }));
  const r = rig({
    "GET /ip/firewall/address-list": json(rows),
    "GET /ip/firewall/address-list?.proplist=.id,address,comment": json(rows),
    "GET /ip/firewall/address-list?.proplist=.id,comment,address": json(rows),
    "GET /ip/firewall/address-list/*1": json({ ...rows[0], comment: "w".repeat(3_000) }),
  });
  const said = async (command: string): Promise<string> => {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan));
    const text = await r.run(r.router.read(r.world.scope, plan));
    assert.ok(!isFault(text));
    return text;
  };
  const print = "/ip/firewall/address-list/print";
  assert.ok((await said(`${print} proplist=address,comment`)).includes(long));
  const cut = await said(`${print} proplist=comment,address`);
  assert.match(cut, /w…/);
  assert.match(cut, /print detail shows it/);
  const detail = await said(`${print} detail proplist=comment,address`);
  assert.equal(detail, [1, 2].map((n) => `.id: *${n}\ncomment: ${long}\naddress: 10.0.0.${n}`).join("\n\n"));
  assert.ok((await said(`${print} from=*1`)).includes("w".repeat(3_000)));
});

test("a table leaves out empty columns and flags that no row has on; one row and proplist show all", async () => {
  const row = (n: number, more: object = {}): object => {
    const flags = { invalid: "false", slave: "false", dynamic: "false", disabled: "false" };
    return {
      ".id": `*${n}`,
      address: `10.0.0.${n}`,
      network: "10.0.0.0",
      interface: "e",
      vrf: "main",
      note: "",
      ...flags,
      ...more,
    };
  };
  const r = rig({
    "GET /ip/address": json([row(1), row(2, { dynamic: "true" })]),
    "GET /ip/address/*1": json(row(1)),
    "GET /ip/address?.proplist=.id,disabled": json([row(1), row(2)]),
  });
  const said = async (command: string): Promise<string> => {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan));
    const text = await r.run(r.router.read(r.world.scope, plan));
    assert.ok(!isFault(text));
    return text;
  };
  assert.equal(
    await said("/ip/address/print"),
    ".id  address   network   interface  vrf   dynamic\n*1   10.0.0.1  10.0.0.0  e          main  false\n*2   10.0.0.2  10.0.0.0  e          main  true",
  );
  assert.match(await said("/ip/address/print from=*1"), /^disabled: false$/m);
  assert.match(await said("/ip/address/print proplist=disabled"), /disabled\n\*1 {3}false/);
});
