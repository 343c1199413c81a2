// Typed tasks as slash commands and as tools: arguments, usage, one plan of several
// commands, and what only the person may see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { readSlash } from "../../../src/core/commands.ts";
import { taskCommand, taskTool } from "../../../src/core/tasks.ts";
import type { Task } from "../../../src/port/task.ts";
import { adding, doing, setting } from "../../../src/ros/tasks/kit.ts";
import { makeWorld, says, type World } from "../../support/core-world.ts";

const KEY = "the-private-key-of-nobody";

function echo(seen: unknown[], handout?: string): Task<"device" | "port" | "note"> {
  return {
    name: "echo-task",
    purpose: "says it again",
    args: { device: "who", port: "which", note: "any text" },
    needs: ["device"],
    effect: "propose",
    async run(_s, _kit, args) {
      seen.push(args);
      if (args.device === "nobody") return { text: "Nothing to do." };
      const commands = [adding("/a", { name: args.device }), adding("/b", { of: args.device, note: args.note })];
      return {
        commands,
        text: `For ${args.device}.`,
        ...(handout === undefined ? {} : { handout: async () => handout }),
      };
    },
  };
}

async function withTask(task: Task, run: (w: World) => Promise<void>, options: Parameters<typeof makeWorld>[0] = {}) {
  const w = makeWorld({ ...options, tasks: [task] });
  try {
    await run(w);
  } finally {
    await w.end();
  }
}

test("arguments by name, bare in order, quoted, and both mixed", async () => {
  const seen: unknown[] = [];
  await withTask(echo(seen), async (w) => {
    for (const text of [
      "/echo-task tv 80 hello",
      "/echo_task device=tv port=80 note=hello",
      "/echo-task note=hello tv 80",
      '/echo-task "tv" note="hello" port="80"',
      "/ECHO-TASK@Bot tv 80 hello",
    ])
      await w.tell(text);
    assert.equal(seen.length, 5);
    for (const args of seen) assert.deepEqual(args, { device: "tv", port: "80", note: "hello" });
    seen.length = 0;
    await w.tell('/echo-task device="the tv" note=a=b;c');
    await w.tell("/echo-task tv");
    assert.deepEqual(seen, [
      { device: "the tv", port: "", note: "a=b;c" },
      { device: "tv", port: "", note: "" },
    ]);
  });
});

test("the words behind a task with a single argument belong together", async () => {
  const seen: unknown[] = [];
  const { args: _, ...task } = echo(seen);
  await withTask({ ...task, args: { device: "who" } } as Task, async (w) => {
    await w.tell("/echo-task the old tv");
    assert.deepEqual(seen, [{ device: "the old tv" }]);
  });
});

test("wrong arguments show what is wrong and how it is written", async () => {
  const seen: unknown[] = [];
  await withTask(echo(seen), async (w) => {
    for (const [text, what] of [
      ["/echo-task", /echo-task needs device\.[\s\S]*\/echo-task <device> \[port=…\] \[note=…\]\n {2}device: who/],
      ["/echo-task tv prot=80", /has no "prot"; did you mean port\?/],
      ["/echo-task tv 1 2 3", /"3" is one word too many/],
      ["/echo-task tv port=1 port=2", /port is given twice/],
      ["/echo-task device=", /needs device/],
    ] as const) {
      await w.tell(text);
      assert.match(w.texts().at(-1) ?? "", what, text);
    }
    assert.deepEqual(seen, []);
    assert.deepEqual(w.router.commands, []);
  });
});

test("several commands are one plan; no commands is an answer", async () => {
  await withTask(echo([]), async (w) => {
    await w.tell("/echo-task tv note=x");
    assert.deepEqual(w.router.commands, ['/a/add name="tv"\n/b/add of="tv" note="x"']);
    assert.match(w.texts().at(-1) ?? "", /For tv\.[\s\S]*not applied yet/);
    await w.tell("/echo-task nobody");
    assert.equal(w.texts().at(-1), "Nothing to do.");
    assert.equal(w.router.commands.length, 1);
    await w.tell("/help");
    assert.match(w.texts().at(-1) ?? "", /Tasks[^\n]*\/echo-task/);
  });
});

test("the model's tool has the same arguments, closed, and takes numbers as texts", async () => {
  const seen: unknown[] = [];
  const tool = taskTool(echo(seen));
  assert.equal(tool.name, "echo_task");
  assert.deepEqual(JSON.parse(tool.schemaJson), {
    type: "object",
    properties: {
      device: { type: "string", description: "who" },
      port: { type: "string", description: "which" },
      note: { type: "string", description: "any text" },
    },
    required: ["device"],
    additionalProperties: false,
  });
  const script = [
    says("", [["echo_task", { device: "tv", port: 80 }]]),
    says("", [["echo_task", { device: ["tv"] }]]),
    says("", [["echo_task", { device: "tv", prot: "80" }]]),
    says("", [["echo_task", "[]"]]),
    says("done"),
  ];
  const world = { script, tools: [tool] };
  await withTask(
    echo([]),
    async (w) => {
      await w.tell("open it");
      assert.deepEqual(seen, [{ device: "tv", port: "80", note: "" }]);
      const results = (w.asks.at(-1)?.messages ?? []).filter((m) => m.role === "tool").map((m) => m.text);
      assert.match(results[0] ?? "", /Offered to the person as plan/);
      assert.match(results[1] ?? "", /device must be a text/);
      assert.match(results[2] ?? "", /did you mean port/);
      assert.match(results[3] ?? "", /must be one object/);
    },
    world,
  );
});

test("what only the person may see comes with the approval and nowhere else", async () => {
  for (const ends of ["kept", "pending", "reverted", "failed"] as const) {
    const script = [says("", [["echo_task", { device: "tv" }]]), says("Approve it."), says("fine")];
    const task = echo([], KEY);
    await withTask(
      task,
      async (w) => {
        if (ends !== "failed") w.router.onChange = async () => ({ state: ends, told: "Done.", keepMs: 60_000 });
        else w.router.onChange = async () => fault("failed", "No.");
        await w.tell("add the tv");
        const press = w.sent.at(-1)?.buttons?.[0]?.press ?? "";
        assert.match(press, /^a:/);
        assert.doesNotMatch(JSON.stringify(w.sent), new RegExp(KEY));
        await w.tell("", { press });
        const shown = w.texts().some((t) => t.includes(KEY));
        assert.equal(shown, ends === "kept" || ends === "pending", ends);
        await w.tell("and now?");
        assert.ok(w.asks.length >= 2);
        assert.doesNotMatch(JSON.stringify(w.asks), new RegExp(KEY));
        assert.doesNotMatch(JSON.stringify(w.log), new RegExp(KEY));
        const plans = await Promise.all(
          ["kept", "pending", "reverted", "failed"].map((st) => w.store.due(w.scope, "plan", st, 9)),
        );
        assert.ok(plans.some((rows) => !isFault(rows) && rows.length > 0));
        assert.doesNotMatch(JSON.stringify(plans), new RegExp(KEY));
      },
      { script, tools: [taskTool(task)] },
    );
  }
});

test("where others read along, nothing is begun that ends with a secret", async () => {
  const task = echo([], KEY);
  const script = [says("", [["echo_task", { device: "tv" }]]), says("not here")];
  await withTask(
    task,
    async (w) => {
      await w.tell("add the tv", { isShared: true });
      await w.tell("/echo-task tv", { isShared: true });
      assert.match(w.texts().at(-1) ?? "", /secret for you alone.*your own chat/s);
      assert.equal(w.sent.filter((m) => m.buttons !== undefined).length, 0);
      assert.match(JSON.stringify(w.asks), /secret for you alone/);
    },
    { script, tools: [taskTool(task)] },
  );
});

test("a word that is a task stays one, and near words are told", () => {
  const task = echo([]);
  assert.equal(taskCommand(task).usage, "<device> [port=…] [note=…]");
  const read = readSlash("/echo-tsak tv", [task]);
  assert.ok("console" in read && read.near === "echo-task");
});

test("values of a task's commands are quoted whatever they hold", () => {
  const hostile = 'a" disabled=yes [find] $x ; /system/reboot \\ \n/quit';
  const line = '"a\\" disabled=yes [find] \\$x ; /system/reboot \\\\ \\n/quit"';
  assert.equal(adding("/m", { name: hostile, gone: undefined }), `/m/add name=${line}`);
  assert.equal(setting("/m", { ".id": "*1" }, { name: hostile }), `/m/set "*1" name=${line}`);
  assert.equal(setting("/m", null, { a: "b" }), '/m/set a="b"');
  assert.equal(doing("/m", "remove", { ".id": hostile }, { ".id": "*2" }), `/m/remove ${line} "*2"`);
});

test("a task that wants one thing takes blanks as a part of it", async () => {
  const seen: unknown[] = [];
  const one: Task<"device"> = {
    name: "one",
    purpose: "wants one thing",
    args: { device: "who" },
    needs: ["device"],
    effect: "read",
    async run(_s, _kit, args) {
      seen.push(args.device);
      return { text: "Seen." };
    },
  };
  await withTask(one, async (w) => {
    for (const text of ["/one kids tablet", "/one device=tv", '/one "kids  tablet"', "/one  kids   tablet "])
      await w.tell(text);
    assert.deepEqual(seen, ["kids tablet", "tv", "kids  tablet", "kids tablet"]);
  });
});
