// Load on one path of a server on loopback: wrk and ab where they are installed, else a
// small loader on node:net. Bounded in time or count; nothing is pipelined.

import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { has } from "./machine.ts";

const SECONDS = 3;
const KEPT_CONNECTIONS = 8;
const NEW_AT_ONCE = 16;
const NEW_COUNT = 3_000;

/** What one load found. */
export interface Loaded {
  requests: number;
  perSecond: number;
}

type Words = (given: readonly string[]) => readonly string[];

/** One way to put load on a server. */
export interface Loader {
  name: string;
  run(port: number, path: string): Promise<Loaded>;
}

function output([program = "", ...args]: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    const hard = setTimeout(() => child.kill("SIGKILL"), 60_000);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", failed);
    child.once("close", (code) => {
      clearTimeout(hard);
      if (code === 0) done(text);
      else failed(new Error(`${program} ended with ${String(code)}: ${text.slice(0, 300)}`));
    });
  });
}

function number(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`not in the loader's report: ${String(pattern)}\n${text}`);
  return Number(found);
}

const wrk = (words: Words): Loader => ({
  name: `wrk -t1 -c${KEPT_CONNECTIONS} -d${SECONDS}s`,
  async run(port, path) {
    const url = `http://127.0.0.1:${port}${path}`;
    const text = await output(words(["wrk", "-t1", `-c${KEPT_CONNECTIONS}`, `-d${SECONDS}s`, url]));
    if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk met errors:\n${text}`);
    return { requests: number(text, /(\d+) requests in/), perSecond: number(text, /Requests\/sec:\s+([\d.]+)/) };
  },
});

const ab = (words: Words): Loader => ({
  name: `ab -n ${NEW_COUNT} -c ${NEW_AT_ONCE} (HTTP/1.0, no -k)`,
  async run(port, path) {
    const url = `http://127.0.0.1:${port}${path}`;
    const text = await output(words(["ab", "-q", "-n", String(NEW_COUNT), "-c", String(NEW_AT_ONCE), url]));
    if (number(text, /Failed requests:\s+(\d+)/) > 0 || /Non-2xx/.test(text))
      throw new Error(`ab met errors:\n${text}`);
    return { requests: NEW_COUNT, perSecond: number(text, /Requests per second:\s+([\d.]+)/) };
  },
});

/** One request; resolves with whether the whole answer was a 200. */
function ask(socket: Socket, text: string): Promise<boolean> {
  return new Promise((answered) => {
    let got = "";
    const end = (good: boolean): void => {
      socket.removeAllListeners("data").removeAllListeners("close");
      answered(good);
    };
    socket.on("data", (bytes: Buffer) => {
      got += bytes.toString("latin1");
      const head = got.indexOf("\r\n\r\n");
      const length = /\r\ncontent-length: (\d+)/i.exec(got)?.[1];
      if (head >= 0 && length !== undefined && got.length >= head + 4 + Number(length))
        end(got.startsWith("HTTP/1.1 200 "));
    });
    socket.once("close", () => end(false));
    socket.write(text);
  });
}

function opened(port: number): Promise<Socket> {
  return new Promise((open, failed) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => open(socket));
    socket.once("error", failed);
  });
}

/** `more` says before each request whether there shall be another. */
async function worker(port: number, path: string, kept: boolean, more: () => boolean): Promise<void> {
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${kept ? "" : "Connection: close\r\n"}\r\n`;
  let socket: Socket | null = null;
  while (more()) {
    socket ??= await opened(port);
    if (!(await ask(socket, text))) throw new Error(`port ${port} did not answer 200`);
    if (kept) continue;
    socket.destroy();
    socket = null;
  }
  socket?.destroy();
}

function own(kept: boolean): Loader {
  const workers = kept ? KEPT_CONNECTIONS : NEW_AT_ONCE;
  const kind = kept ? `${workers} kept connections, ${SECONDS} s` : `${NEW_COUNT} new connections, ${workers} at once`;
  return {
    name: `own loader on node:net (${kind})`,
    async run(port, path) {
      const startMs = performance.now();
      let requests = 0;
      const more = (): boolean => {
        if (kept ? performance.now() - startMs >= SECONDS * 1_000 : requests >= NEW_COUNT) return false;
        requests += 1;
        return true;
      };
      await Promise.all(Array.from({ length: workers }, () => worker(port, path, kept, more)));
      return { requests, perSecond: (requests * 1_000) / (performance.now() - startMs) };
    },
  };
}

/** The loader with kept connections, and the one with a new connection for each request; `words` may put a program before them. */
export function loaders(words: Words = (given) => given): { kept: Loader; fresh: Loader } {
  return { kept: has("wrk") ? wrk(words) : own(true), fresh: has("ab") ? ab(words) : own(false) };
}
