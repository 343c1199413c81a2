// What stands between a model's stream and its reader: CPU and allocations for each token, what
// the first token loses on its way, and how long it takes when the first model is dead.

import { createServer, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createRaw } from "node:net";
import { run } from "../../test/support/program.ts";
import { type Found, median } from "./figure.ts";
import { threadMs } from "./machine.ts";
import { binary, startGateway } from "./native/binary.ts";
import { blocksEach } from "./native/blocks.ts";

const RUNS = 5;
const WARM_TURNS = 3;
const FEW_TOKENS = 400;
const MANY_TOKENS = 4_000;
const FIRST_TURNS = 40;
const SILENT_MS = 5;
/** Refuses at once: nothing listens on it. */
const DEAD = "http://127.0.0.1:9/v1";

interface Model {
  readonly url: string;
  /** When the first piece of the last answer was written. */
  wroteMs(): number;
  close(): Promise<void>;
}

const piece = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

const turnOfLoop = (): Promise<void> => new Promise((next) => void setImmediate(next));

/** Answers "say N" with N tokens, each in a write of its own. */
async function startStreams(): Promise<Model> {
  let wrote = 0;
  const answer = async (body: string, res: ServerResponse): Promise<void> => {
    const asked = [...body.matchAll(/say (\d+)/g)].at(-1);
    const tokens = Number(asked?.[1] ?? 1);
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (let n = 0; n < tokens; n += 1) {
      if (n === 0) wrote = performance.now();
      res.write(piece(` word${n % 10}`));
      await turnOfLoop();
    }
    // Nothing of the end shall come together with the first token.
    await new Promise((later) => setTimeout(later, SILENT_MS));
    res.end(`${piece("", "stop")}data: [DONE]\n\n`);
  };
  const server = createServer((req, res) => {
    let body = "";
    req.on("data", (bytes: Buffer) => {
      body += bytes.toString();
    });
    req.on("end", () => {
      if (req.method === "GET") res.end('{"data":[{"id":"m"}]}');
      else answer(body, res).catch(() => res.destroy());
    });
  });
  await new Promise<void>((up) => void server.listen(0, "127.0.0.1", up));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    wroteMs: () => wrote,
    close: () =>
      new Promise((down) => {
        server.close(() => down());
        server.closeAllConnections();
      }),
  };
}

interface Agent {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<unknown>;
}

/** One streamed turn: when the first words came, and when all had. */
function say(port: number, message: string, chat: string): Promise<{ sentMs: number; firstMs: number }> {
  return new Promise((done, failed) => {
    const body = JSON.stringify({ message, chat });
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    let firstMs = 0;
    let text = "";
    const asked = request({ host: "127.0.0.1", port, path: "/chat", method: "POST", headers }, (res) => {
      res.on("data", (bytes: Buffer) => {
        if (firstMs === 0 && bytes.includes("event: delta")) firstMs = performance.now();
        text += bytes.toString();
      });
      res.on("end", () => {
        if (firstMs > 0 && text.includes("event: final")) done({ sentMs, firstMs });
        else failed(new Error(`no streamed answer: ${text.slice(-500)}`));
      });
    });
    asked.on("error", failed);
    const sentMs = performance.now();
    asked.end(body);
  });
}

/** The same without us: from a write on one socket to the data on the other. */
async function rawMs(): Promise<number[]> {
  const values: number[] = [];
  let wrote = 0;
  const server = createRaw((socket) => {
    socket.setNoDelay(true);
    socket.on("data", () => {
      wrote = performance.now();
      socket.write(piece(" word"));
    });
  });
  await new Promise<void>((up) => void server.listen(0, "127.0.0.1", up));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  for (let n = 0; n < FIRST_TURNS; n += 1) {
    const came = new Promise<void>((seen) => void client.once("data", () => seen()));
    client.write("go");
    await came;
    values.push(performance.now() - wrote);
  }
  client.destroy();
  await new Promise((down) => server.close(down));
  return values;
}

type Start = (env: Record<string, string>) => Promise<Agent>;

const ENV = { PAIRING_REQUIRED: "0", LOG_LEVEL: "error", MODEL: "m", OPENAI_API_KEY: "k", LLM_PROVIDER: "openai" };

/** µs of CPU for each token: what many cost more than few. */
async function tokenCost(agent: Agent): Promise<number[]> {
  const cost = async (tokens: number, n: number): Promise<number> => {
    const before = threadMs(agent.pid).cpu;
    await say(agent.port, `say ${tokens}`, `c${tokens}-${n}`);
    return threadMs(agent.pid).cpu - before;
  };
  for (let n = 0; n < WARM_TURNS; n += 1) await cost(MANY_TOKENS, -n);
  const values: number[] = [];
  for (let n = 0; n < RUNS; n += 1) {
    const few = await cost(FEW_TOKENS, n);
    const many = await cost(MANY_TOKENS, n);
    values.push(((many - few) * 1_000) / (MANY_TOKENS - FEW_TOKENS));
  }
  return values;
}

async function firstAdded(agent: Agent, model: Model, raw: readonly number[]): Promise<number[]> {
  const values: number[] = [];
  for (let n = 0; n < FIRST_TURNS; n += 1) {
    const { firstMs } = await say(agent.port, "say 1", `f${n}`);
    values.push(firstMs - model.wroteMs() - median(raw));
  }
  return values;
}

/** Of a fresh program each time: afterwards the dead model rests. */
async function failover(start: Start, env: Record<string, string>): Promise<number[]> {
  const values: number[] = [];
  for (let n = 0; n < RUNS; n += 1) {
    const agent = await start(env);
    try {
      // A program that has run: its first question of all is another figure.
      const warm = await fetch(`http://127.0.0.1:${agent.port}/chat`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"message":"/usage"}',
      });
      await warm.text();
      const { sentMs, firstMs } = await say(agent.port, "say 1", "f");
      values.push(firstMs - sentMs);
    } finally {
      await agent.stop();
    }
  }
  return values;
}

async function startV8(env: Record<string, string>): Promise<Agent> {
  const agent = run(["gateway", "--port", "0", "--json"], env, "v8");
  const { port } = (await agent.event("listening")) as { port: number };
  return { pid: agent.child.pid ?? 0, port, stop: agent.stop };
}

/** Both programs in turn. */
export async function stream(): Promise<Found> {
  const model = await startStreams();
  const raw = await rawMs();
  const copy = binary();
  const starts: ReadonlyArray<readonly [string, Start]> = [
    ...("missing" in copy ? [] : [["native", (env: Record<string, string>) => startGateway(copy.path, env)] as const]),
    ["v8", startV8],
  ];
  const figures: Found["figures"] = [{ key: "stream.raw", unit: "ms", values: raw }];
  try {
    const blocks = await blocksEach({ ...ENV, LLM_BASE_URL: model.url }, [FEW_TOKENS, MANY_TOKENS], ({ port }, n) =>
      say(port, `say ${n}`, "b"),
    );
    if (blocks !== null) figures.push({ key: "stream.token.blocks.native", unit: "blocks", values: [blocks] });
    for (const [name, start] of starts) {
      const agent = await start({ ...ENV, LLM_BASE_URL: model.url });
      try {
        figures.push({ key: `stream.token.cpu.${name}`, unit: "µs CPU", values: await tokenCost(agent) });
        figures.push({ key: `stream.first.added.${name}`, unit: "ms", values: await firstAdded(agent, model, raw) });
      } finally {
        await agent.stop();
      }
      const second = { RELIABLE_PROVIDERS: "groq/m", GROQ_API_KEY: "k", GROQ_BASE_URL: model.url };
      figures.push({
        key: `stream.failover.${name}`,
        unit: "ms",
        values: await failover(start, { ...ENV, LLM_BASE_URL: DEAD, ...second }),
      });
    }
  } finally {
    await model.close();
    if (!("missing" in copy)) copy.remove();
  }
  return {
    title: "A stream on its way to its reader",
    command: `POST /chat with Accept: text/event-stream; CPU of the first thread (/proc/PID/schedstat) of ${MANY_TOKENS} tokens less that of ${FEW_TOKENS}; blocks: what the engine of a counting build (COUNT_BLOCKS=yes) allocates for them`,
    state:
      "model: HTTP server in the bench's process, one write a token; no router; first.added: from its write to the reader's data, less the same over one raw socket; " +
      "failover: from the question to its first words where the first model refuses connections, each time a new program that has answered one command",
    figures,
    notes: "missing" in copy ? [`native not measured: ${copy.missing}`] : [],
  };
}
