// TLS servers that are not ours, each for one certificate: openssl's, and ways in between that
// deliver bytes one at a time or not to the end.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Certificate } from "./certificates.ts";
import { freePort } from "./ports.ts";

export interface Peer {
  port: number;
  stop(): Promise<void>;
}

function ready(child: ChildProcess): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`openssl ended with ${code}: ${said}`)));
    child.stderr?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes("ACCEPT")) resolve();
    });
  });
}

/** `openssl s_server`, which answers each line turned around, on a port that was free a moment ago. */
export async function opensslServer(cert: Certificate, args: readonly string[] = []): Promise<Peer> {
  const port = await freePort();
  const given = ["s_server", "-accept", `127.0.0.1:${port}`, "-cert", cert.certFile, "-key", cert.keyFile, "-rev"];
  const child = spawn("openssl", [...given, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  await ready(child);
  return {
    port,
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** Listens and hands each connection with one to `to` over; both end when the other does. */
async function between(to: number, link: (client: Socket, server: Socket) => void): Promise<Peer> {
  const open = new Set<Socket>();
  const listener: Server = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: to, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => void (socket === client ? server : client).destroy());
    }
    link(client, server);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

/** What the server says arrives in pieces of one byte. */
export function trickling(to: number): Promise<Peer> {
  return between(to, (client, server) => {
    client.pipe(server);
    const waiting: number[] = [];
    let busy = false;
    const step = (): void => {
      const next = waiting.shift();
      busy = next !== undefined;
      if (next !== undefined) client.write(Uint8Array.of(next), () => setImmediate(step));
    };
    server.on("data", (bytes: Buffer) => {
      waiting.push(...bytes);
      if (!busy) step();
    });
  });
}

/** The server's first record with data (of TLS 1.2, where the handshake's have another type) goes through `change`; then TCP ends. */
export function ending(to: number, change: (record: Buffer) => Buffer): Promise<Peer> {
  const APPLICATION_DATA = 23;
  return between(to, (client, server) => {
    client.pipe(server);
    server.on("data", (bytes: Buffer) => {
      if (bytes[0] !== APPLICATION_DATA) return void client.write(bytes);
      server.removeAllListeners("data");
      server.resume();
      client.end(change(bytes));
    });
  });
}

/** One byte of what the client sends, the one at `at`, is another; what comes back is as it was. */
export function changing(to: number, at: number): Promise<Peer> {
  return between(to, (client, server) => {
    let passed = 0;
    client.on("data", (bytes: Buffer) => {
      const where = at - passed;
      if (where >= 0 && where < bytes.length) bytes[where] = (bytes[where] ?? 0) ^ 0x55;
      passed += bytes.length;
      server.write(bytes);
    });
    server.pipe(client);
  });
}
