// Names to addresses, and datagrams. A lookup cannot be stopped in Node: a cancelled one
// ends at once and its late answer is dropped.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { DATAGRAMS_WAITING_MAX } from "../../base/limits.ts";
import { CODE } from "../../port/abi.ts";
import { attempt, codeOf, type Done, errno, fields, type Handles, isPort, type Start, type Thing } from "./op.ts";

/** The sentence for a name that has no address. */
export function noAddress(name: string, error: unknown): string {
  return errno(error) === "EAI_AGAIN"
    ? `The name server did not answer for ${name}.`
    : `The name ${name} has no address.`;
}

/** A name, or an address as it is, to the addresses the system knows for it. */
export const resolveName: Start = (done, a) => {
  const name = String(a ?? "");
  if (name === "" || name.length > 253) return void done(CODE.DNS, "A name holds 1 to 253 characters.");
  const asked = attempt(() =>
    lookup(name, { all: true }, (error, found) => {
      if (error !== null) return done(CODE.DNS, noAddress(name, error));
      done(CODE.OK, JSON.stringify(found.map((each) => each.address)));
    }),
  );
  if ("error" in asked) done(CODE.DNS, `${name} is not a name that can be looked up.`);
  return () => done(CODE.CANCELED);
};

/** An IPv4 address as such, also when it came in over an IPv6 socket. */
export function plainAddress(address: string | undefined): string {
  const text = address ?? "";
  const mapped = text.startsWith("::ffff:") ? text.slice(7) : "";
  return isIP(mapped) === 4 ? mapped : text;
}

function datagram(bytes: Uint8Array, from: RemoteInfo): Uint8Array {
  const peer = plainAddress(from.address);
  return new Uint8Array(Buffer.from(JSON.stringify({ peer, base64: Buffer.from(bytes).toString("base64") })));
}

interface Reader {
  done: Done;
  max: number;
}

/** One datagram a read; those that nobody reads in time, or that are larger than a read, are lost. */
function makeDatagrams(socket: Socket): Thing {
  const waiting: Uint8Array[] = [];
  let reader: Reader | null = null;
  const serve = (): void => {
    while (reader !== null) {
      const first = waiting.shift();
      if (first === undefined) return;
      if (first.length > reader.max) continue;
      const { done } = reader;
      reader = null;
      done(CODE.OK, first);
    }
  };
  socket.on("error", () => undefined);
  socket.on("message", (bytes, from) => {
    if (waiting.length < DATAGRAMS_WAITING_MAX) waiting.push(datagram(bytes, from));
    serve();
  });
  return {
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
    close(closed) {
      reader?.done(CODE.CANCELED);
      reader = null;
      socket.close(closed);
    },
  };
}

/** UDP on a port of every address; IPv4 only where the machine has no IPv6. */
export function openUdp(handles: Handles): Start {
  const open = (done: Done, port: number, type: "udp6" | "udp4"): void => {
    const socket = createSocket({ type });
    const failed = (error: Error): void => {
      socket.close();
      if (type === "udp6" && errno(error) === "EAFNOSUPPORT") return void open(done, port, "udp4");
      const taken = errno(error) === "EADDRINUSE";
      done(
        codeOf(error),
        taken ? `UDP port ${port} is taken by another program.` : `UDP port ${port}: ${error.message}.`,
      );
    };
    socket.once("error", failed);
    socket.bind(port, type === "udp6" ? "::" : "0.0.0.0", () => {
      socket.off("error", failed);
      done(CODE.OK, handles.add(makeDatagrams(socket)));
    });
  };
  return (done, a) => {
    const port = fields(a)["port"];
    if (!isPort(port)) return void done(CODE.INVALID, "A port is a number from 0 to 65535.");
    open(done, port, "udp6");
  };
}
