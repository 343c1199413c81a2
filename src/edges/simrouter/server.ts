// The simulated router on a real socket, loopback only. While it restarts, connections
// are closed as they come; a test may have one closed after a reply.

import { fault, isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { isLoopback } from "../../base/url.ts";
import { serveHttp } from "../../net/http-server.ts";
import type { Host, Listener, Stream } from "../../port/host.ts";
import type { HttpServer } from "../../port/http.ts";
import { loadCommands } from "../../ros/commands.ts";
import { releaseOf } from "../../ros/releases.ts";
import type { SimOptions } from "./build.ts";
import { makeSimRouter, type SimRouter, type SimWorld } from "./rest.ts";

export interface SimServerOptions extends Omit<SimOptions, "tree" | "clock"> {
  /** 0: any free port. */
  port: number;
  /** A loopback address; 127.0.0.1 unless said. */
  bind?: string;
}

export interface SimServer extends HttpServer {
  /** Handles for tests. */
  world: SimWorld;
}

/** Closes the stream after a reply for which a test ordered it. */
function doored(stream: Stream, router: SimRouter): Stream {
  return {
    peer: stream.peer,
    read: (s, max) => stream.read(s, max),
    async write(s, bytes) {
      const written = await stream.write(s, bytes);
      if (router.takeClose()) await stream.close();
      return written;
    },
    shutdown: (s) => stream.shutdown(s),
    close: () => stream.close(),
  };
}

function guarded(listener: Listener, router: SimRouter): Listener {
  return {
    port: listener.port,
    async accept(s) {
      for (;;) {
        const stream = await listener.accept(s);
        if (isFault(stream)) return stream;
        if (!router.isDown()) return doored(stream, router);
        await stream.close();
      }
    },
    close: () => listener.close(),
  };
}

/** Serves a simulated router until the scope ends. */
export async function serveSimRouter(s: Scope, host: Host, options: SimServerOptions): Wait<SimServer> {
  const bind = options.bind ?? "127.0.0.1";
  if (!isLoopback(bind))
    return fault("input", "The simulated router listens on loopback only.", {
      next: "Leave --bind out, or use --bind 127.0.0.1.",
    });
  if (host.resource("simulator") === null)
    return fault("failed", "The RouterOS command tree is not built into this program.", {
      next: "Build it again: make build",
    });
  const tree = loadCommands(host.resource, "simulator");
  const release = options.ros === undefined ? undefined : releaseOf(tree, options.ros);
  if (isFault(release)) return release;
  const router = makeSimRouter({ ...options, tree, clock: host.clock });
  const behind: Host = {
    ...host,
    async listen(scope, at) {
      const listener = await host.listen(scope, at);
      return isFault(listener) ? listener : guarded(listener, router);
    },
  };
  const server = await serveHttp(s, behind, { host: bind, port: options.port }, router.handler, host.log);
  return isFault(server) ? server : { port: server.port, drain: (scope) => server.drain(scope), world: router.world };
}
