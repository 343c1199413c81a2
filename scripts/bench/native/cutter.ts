// A way in between that cuts: TCP to one port, with a reset of one of its open connections now and then.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Cutter {
  readonly port: number;
  /** Resets one open connection, the `n`-th modulo their number; false when there is none. */
  cut(n: number): boolean;
  close(): Promise<void>;
}

/** Starts it before the server at `to`. */
export async function startCutter(to: number): Promise<Cutter> {
  const open = new Map<Socket, Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const behind = connect({ port: to, host: "127.0.0.1", noDelay: true });
    open.set(client, behind);
    for (const socket of [client, behind]) socket.on("error", () => undefined);
    client.on("close", () => {
      open.delete(client);
      behind.destroy();
    });
    behind.on("close", () => client.destroy());
    client.pipe(behind);
    behind.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut(n) {
      const client = [...open.keys()][n % Math.max(1, open.size)];
      client?.resetAndDestroy();
      return client !== undefined;
    },
    async close() {
      for (const client of open.keys()) client.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
