// One TCP or TLS connection behind a handle: pulled reads with backpressure, one write at
// a time, half-open as TCP is.

import type { Socket } from "node:net";
import { CODE } from "../../port/abi.ts";
import { codeOf, type Done, type Stop, type Thing } from "./op.ts";

interface Reader {
  done: Done;
  max: number;
}

interface Inbox {
  read(done: Done, max: number): Stop;
  /** Answers the waiting read, if there is something to answer. */
  serve(): void;
  /** Ends the waiting read. */
  drop(): void;
}

/** What arrived and was not read: at most one chunk of Node's, because the socket is paused then. */
function makeInbox(socket: Socket, failure: () => number): Inbox {
  let chunk: Buffer | null = null;
  let reader: Reader | null = null;
  let ended = false;

  const take = (max: number): Uint8Array | null => {
    if (chunk === null) return null;
    const bytes = new Uint8Array(chunk.subarray(0, max));
    chunk = chunk.length > max ? chunk.subarray(max) : null;
    return bytes;
  };
  const serve = (): void => {
    if (reader === null) return;
    const { done, max } = reader;
    const bytes = take(max);
    if (bytes === null && !ended && failure() === CODE.OK) {
      if (socket.isPaused()) socket.resume();
      return;
    }
    reader = null;
    if (bytes !== null || ended) return void done(CODE.OK, bytes ?? new Uint8Array(0));
    done(failure(), "The other side broke the connection off.");
  };
  socket.on("data", (bytes: Buffer) => {
    chunk = chunk === null ? bytes : Buffer.concat([chunk, bytes]);
    if (reader === null || bytes.length > reader.max) socket.pause();
    serve();
  });
  socket.on("end", () => {
    ended = true;
    serve();
  });
  return {
    serve,
    read(done, max) {
      if (reader !== null) return void done(CODE.INVALID, "A read is under way on this handle.");
      const mine = { done, max };
      reader = mine;
      serve();
      return () => {
        if (reader === mine) reader = null;
        done(CODE.CANCELED);
      };
    },
    drop() {
      reader?.done(CODE.CANCELED);
      reader = null;
    },
  };
}

/** The connection as a thing behind a handle. */
export function makeConnection(socket: Socket): Thing {
  let failed: number = CODE.OK;
  let writer: Done | null = null;
  let ender: Done | null = null;
  const inbox = makeInbox(socket, () => failed);
  const broken = "The connection is broken.";

  const fail = (code: number): void => {
    if (failed === CODE.OK) failed = code;
    writer?.(failed, broken);
    writer = null;
    inbox.serve();
  };
  socket.on("error", (error) => fail(codeOf(error)));
  socket.on("close", () => fail(CODE.RESET));

  return {
    read: inbox.read,
    write(done, bytes) {
      if (writer !== null) return void done(CODE.INVALID, "A write is under way on this handle.");
      if (failed !== CODE.OK || socket.writableEnded) return void done(failed || CODE.RESET, broken);
      writer = done;
      const written = (error?: Error | null): void => {
        if (writer !== done) return;
        writer = null;
        if (error) return void done(codeOf(error), broken);
        done(CODE.OK, bytes.length);
      };
      const { length } = bytes;
      socket.write(Buffer.from(bytes), written);
      // Mostly the kernel has taken all of it already; Node's own callback comes a tick later.
      if (length === 0 || socket.writableLength === 0) written();
      return () => {
        if (writer !== done) return;
        writer = null;
        // Some of it may be out: nothing that follows could be understood by the peer.
        socket.destroy();
        done(CODE.CANCELED);
      };
    },
    shutdown(done) {
      if (failed !== CODE.OK) return void done(failed, broken);
      ender = done;
      socket.end(() => done(failed, failed === CODE.OK ? undefined : broken));
      return () => done(CODE.CANCELED);
    },
    close(closed) {
      inbox.drop();
      writer?.(CODE.CANCELED);
      writer = null;
      ender?.(CODE.CANCELED);
      if (socket.closed) return closed();
      socket.once("close", closed);
      socket.destroy();
    },
  };
}
