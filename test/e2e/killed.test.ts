// The process is killed (SIGKILL) in the middle of a stream, of a tool call and after an effect.
// Telegram offers again what was not confirmed: each message ends in one answer, no effect comes
// twice, and where it cannot go on the person is told so.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type Running, run, startSim } from "../support/program.ts";
import { startTelegram, type TelegramFront } from "../support/telegram-front.ts";

const TOKEN = "4711:test-token-never-shown";
const OWNER = { id: 1001, name: "owner" };

interface Asked {
  messages: Array<{ role: string; content: string | null }>;
}

type Script = (asked: Asked, say: (delta: object, finish?: string) => void) => "end" | "hold";

async function listen(server: Server): Promise<string> {
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A model that streams by a script, and can hold a stream open for ever. */
async function startModel(): Promise<{ url: string; script: Script; asked: Asked[]; server: Server }> {
  const asked: Asked[] = [];
  const self = { url: "", script: (() => "end") as Script, asked, server: createServer() };
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    let text = "";
    for await (const piece of req) text += String(piece);
    if (req.method === "GET") return void res.end('{"data":[{"id":"m"}]}');
    const body = JSON.parse(text) as Asked;
    asked.push(body);
    res.writeHead(200, { "content-type": "text/event-stream" });
    const say = (delta: object, finish: string | null = null): void => {
      res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
    };
    if (self.script(body, say) === "end") res.end("data: [DONE]\n\n");
  };
  self.server.on("request", (req, res) => void answer(req, res).catch(() => res.destroy()));
  self.url = await listen(self.server);
  return self;
}

async function passOn(to: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { authorization = "" } = req.headers;
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  const headers = { authorization, "content-type": "application/json" };
  const r = await fetch(`${to}${req.url}`, { method: req.method ?? "GET", headers, ...body });
  res.writeHead(r.status, { "content-type": r.headers.get("content-type") ?? "text/plain" });
  res.end(Buffer.from(await r.arrayBuffer()));
}

function call(name: string, args: object): object {
  const fn = { name, arguments: JSON.stringify(args) };
  return { tool_calls: [{ index: 0, id: "call_1", type: "function", function: fn }] };
}

const ADD = { path: "notes.txt", content: "one line\n", append: true };

describe("killed in the middle", () => {
  let sim: Awaited<ReturnType<typeof startSim>>;
  let telegram: TelegramFront;
  let model: Awaited<ReturnType<typeof startModel>>;
  let agent: Running;
  let folder: string;

  const start = async (more: Record<string, string> = {}): Promise<void> => {
    agent = run(["gateway", "--port", "0", "--json"], {
      ...sim.env,
      ...{ LLM_BASE_URL: `${model.url}/v1`, LLM_API_KEY: "k", MODEL: "m", MIKROCLAW_WORKSPACE: folder },
      ...{ BOT_TOKEN: TOKEN, TELEGRAM_ALLOWLIST: `${OWNER.id}`, TELEGRAM_API_ROOT: telegram.url },
      ...more,
    });
    await agent.event("listening");
  };
  const kill = async (): Promise<void> => {
    agent.child.kill("SIGKILL");
    await agent.exit();
  };
  const say = async (text: string): Promise<void> => {
    const { id, name } = OWNER;
    const client = telegram.server.getClient(TOKEN, { userId: id, userName: name, firstName: name, chatId: id });
    await client.sendMessage(client.makeMessage(text));
  };
  const texts = (): string[] => telegram.sent().map((m) => m.text);
  const answered = (text: RegExp): Promise<true> =>
    telegram.until(`${text}`, () => texts().some((t) => text.test(t)) && telegram.unconfirmed() === 0);
  /** Nothing more comes: a later message is answered and nothing stands between. */
  const quiet = async (): Promise<void> => {
    model.script = (_, tell) => {
      tell({ content: "That was all." }, "stop");
      return "end";
    };
    await say("anything else?");
    await answered(/^That was all\.$/);
  };

  before(async () => {
    sim = await startSim();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "mikroclaw-"));
    telegram = await startTelegram(TOKEN);
    model = await startModel();
  });
  afterEach(async () => {
    await agent.stop();
    await telegram.close();
    model.server.closeAllConnections();
    await new Promise((down) => model.server.close(down));
    rmSync(folder, { recursive: true, force: true });
  });
  after(async () => {
    await sim.stop();
  });

  it("in a stream: asked again and answered once, without the broken words", async () => {
    model.script = (_, tell) => {
      tell({ content: "These words were never shown " });
      return "hold";
    };
    await start();
    await say("tell me something");
    await telegram.until("a question", () => model.asked.length > 0);
    await kill();
    model.script = (_, tell) => {
      tell({ content: "This is the whole answer." }, "stop");
      return "end";
    };
    await start();
    await answered(/^This is the whole answer\.$/);
    await quiet();
    assert.deepEqual(texts(), ["This is the whole answer.", "That was all."]);
  });

  it("in a tool call that reads: read again and answered once", async () => {
    let held = 0;
    const router = createServer((req, res) => {
      if (req.url?.includes("/ip/dns/static") === true) held += 1;
      else void passOn(`http://${sim.env["ROUTER_HOST"]}`, req, res);
    });
    model.script = ({ messages }, tell) => {
      if (messages.at(-1)?.role === "tool") tell({ content: "I have read it." }, "stop");
      else tell(call("routeros_print", { menu: "/ip/dns/static" }), "tool_calls");
      return "end";
    };
    await start({ ROUTER_HOST: (await listen(router)).slice("http://".length) });
    await say("which names are there?");
    await telegram.until("a read of the names", () => held > 0);
    await kill();
    router.closeAllConnections();
    router.close();
    await start();
    await answered(/^I have read it\.$/);
    await quiet();
    assert.deepEqual(texts(), ["I have read it.", "That was all."]);
  });

  it("after an effect, before the answer: not done twice, and told so", async () => {
    model.script = ({ messages }, tell) => {
      if (messages.at(-1)?.role === "tool") return "hold";
      tell(call("file_write", ADD), "tool_calls");
      return "end";
    };
    await start();
    await say("note it");
    await telegram.until("the step after the effect", () => model.asked.length === 2);
    await kill();
    await start();
    await answered(/restarted.*not done a second time/);
    await quiet();
    assert.equal(texts().length, 2);
    assert.equal(readFileSync(join(folder, ADD.path), "utf8"), ADD.content);
    assert.equal(model.asked.length, 3, "the model is not asked for it again");
  });

  it("again and again at any moment: one answer, one effect", async () => {
    model.script = ({ messages }, tell) => {
      if (messages.at(-1)?.role === "tool") tell({ content: "Noted." }, "stop");
      else tell(call("file_write", ADD), "tool_calls");
      return "end";
    };
    await start();
    for (let n = 1; n <= 6; n += 1) {
      const steps = model.asked.length + (n % 3);
      const before = texts().length;
      await say(`note it, number ${n}`);
      await telegram.until("a step", () => model.asked.length >= steps || texts().length > before);
      await kill();
      await start();
      await telegram.until("an end", () => texts().length > before && telegram.unconfirmed() === 0);
      const path = join(folder, ADD.path);
      const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
      assert.ok(lines <= n, `${lines} effects of ${n} messages`);
    }
    for (const text of texts()) assert.match(text, /^Noted\.$|not done a second time/);
  });
});
