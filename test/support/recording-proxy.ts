// A proxy on loopback that remembers each request as it was on the wire, between clients that
// are compared and the server that answers both.

import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface Proxy {
  readonly url: string;
  /** What came since the last call. */
  taken(): Seen[];
  close(): Promise<void>;
}

/** Forwards everything to `target`; `edit` puts into its answers what it leaves out. */
export async function recordingProxy(target: string, edit?: (answer: string) => string): Promise<Proxy> {
  let seen: Seen[] = [];
  const to = new URL(target);
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on("data", (piece: Buffer) => void pieces.push(piece));
    req.on("end", () => {
      const body = Buffer.concat(pieces);
      const { method = "", url: path = "", headers } = req;
      seen.push({ method, path, headers, body: body.toString("utf8") });
      const onward = httpRequest(
        {
          agent: false,
          host: to.hostname,
          port: to.port,
          method,
          path,
          headers: { ...headers, host: to.host, connection: "close" },
        },
        (answer) => {
          const { "content-length": _, ...others } = answer.headers;
          res.writeHead(answer.statusCode ?? 502, edit === undefined ? answer.headers : others);
          if (edit === undefined) {
            answer.pipe(res);
            return;
          }
          const came: Buffer[] = [];
          answer.on("data", (piece: Buffer) => void came.push(piece));
          answer.on("end", () => res.end(edit(Buffer.concat(came).toString("utf8"))));
        },
      );
      onward.on("error", () => res.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken() {
      const all = seen;
      seen = [];
      return all;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
