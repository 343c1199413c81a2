// The prompt at a real terminal, which script(1) of util-linux makes: keys as a person types
// them, while a router that never answers is being asked.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { commandLine } from "../support/program.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const scriptIsThere = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") === true;

interface Terminal {
  type(keys: string): void;
  /** Resolves once this is on the screen, after what was waited for before. */
  sees(text: string): Promise<void>;
  /** The exit code. */
  ended: Promise<number>;
}

function terminal(env: Record<string, string>): Terminal {
  const child: ChildProcessWithoutNullStreams = spawn(
    "script",
    ["-qec", `exec ${commandLine(["agent", "--port", "0"])}`, "/dev/null"],
    { env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", NO_COLOR: "1", ...env } },
  );
  const hard = setTimeout(() => child.kill("SIGKILL"), 60_000);
  let screen = "";
  let seen = 0;
  let look = (): void => undefined;
  child.stdout.on("data", (bytes: Buffer) => {
    screen += bytes.toString();
    look();
  });
  const ended = new Promise<number>((resolve) => {
    child.on("close", (code) => {
      clearTimeout(hard);
      look = () => undefined;
      resolve(code ?? -1);
    });
  });
  return {
    type: (keys) => void child.stdin.write(keys),
    ended,
    sees: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          const at = screen.indexOf(text, seen);
          if (at < 0) return;
          seen = at + text.length;
          resolve();
        };
        void ended.then(() => reject(new Error(`ended without "${text}" on the screen:\n${screen}`)));
        look();
      }),
  };
}

describe("the prompt at a terminal", { skip: !scriptIsThere && "there is no script(1) of util-linux" }, () => {
  const sockets = new Set<Socket>();
  let router: Server;
  let env: Record<string, string>;
  before(async () => {
    router = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => router.listen(0, "127.0.0.1", resolve));
    const address = router.address();
    assert.ok(typeof address === "object" && address !== null);
    env = { ROUTER_HOST: `127.0.0.1:${address.port}`, ROUTER_PASS: "x" };
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    router.close();
  });

  it("tells what it waits for; /stop and Ctrl+C end the turn and not the program", async () => {
    const t = terminal(env);
    await t.sees("> ");
    t.type("/status\r");
    await t.sees("waiting for the router");
    t.type("/stop\r");
    await t.sees("Stopped.");
    await t.sees("> ");
    t.type("/devices\r");
    await t.sees("waiting for the router");
    t.type(CTRL_C);
    await t.sees("Stopped.");
    await t.sees("> ");
    t.type("/usage\r");
    await t.sees("all chats");
    t.type(CTRL_D);
    assert.equal(await t.ended, 0);
  });

  it("Ctrl+C empties a half-typed line; twice on an empty one ends", async () => {
    const t = terminal(env);
    await t.sees("> ");
    t.type("/stat");
    await t.sees("/stat");
    t.type(CTRL_C);
    await t.sees("> ");
    t.type("/usage\r");
    await t.sees("(commands: 1)");
    await t.sees("> ");
    t.type(CTRL_C);
    await t.sees("Ctrl+C again");
    await t.sees("> ");
    t.type(CTRL_C);
    assert.equal(await t.ended, 0);
  });
});
