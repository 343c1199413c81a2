// Clients that take a gateway's connections and give nothing back: silent ones that send no byte, and
// trickling ones that send a byte of a head now and then. `crowd.ts PORT SILENT TRICKLING`, a process of its own
// beside an IPC channel: it says "there" once all are connected, takes a new one for each that is closed, and ends with its parent.

import { connect } from "node:net";

const BYTE_EACH_MS = 100;
const AGAIN_MS = 50;
const HEAD = `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${"a".repeat(4_000)}`;

const [port = 0, silent = 0, trickling = 0] = process.argv.slice(2).map(Number);
let there = 0;

function client(trickles: boolean): void {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
    there += 1;
    if (there === silent + trickling) process.send?.("there");
  });
  let sent = 0;
  const timer = trickles
    ? setInterval(() => {
        if (socket.writable) socket.write(HEAD.charAt(sent));
        sent = (sent + 1) % HEAD.length;
      }, BYTE_EACH_MS)
    : undefined;
  socket.on("error", () => undefined);
  socket.resume();
  socket.once("close", () => {
    clearInterval(timer);
    setTimeout(() => client(trickles), AGAIN_MS);
  });
}

process.on("disconnect", () => process.exit(0));
for (let n = 0; n < silent; n += 1) client(false);
for (let n = 0; n < trickling; n += 1) client(true);
