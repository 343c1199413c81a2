// What the table of TLS refusals does on every host: connect, send a line, read.

import { type Fault, isFault } from "../../src/base/fault.ts";
import type { Scope } from "../../src/base/scope.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/base/utf8.ts";
import type { Host, Tls } from "../../src/port/host.ts";

export interface Dial {
  port: number;
  tls: Tls;
  send: string;
  /** Reads until so many bytes have come; 0: to the end. */
  await: number;
  /** Native only: when the program was built, in seconds since 1970. */
  builtS?: number;
  /** Native only: a file with the table of authorities that stands for Mozilla's. */
  rootsFile?: string;
}

export interface Dialled {
  /** What was read. */
  text: string;
  fault: Pick<Fault, "fault" | "code" | "what"> | null;
}

function failed(text: string, { fault, code, what }: Fault): Dialled {
  return { text, fault: code === undefined ? { fault, what } : { fault, code, what } };
}

/** Never sends before the connection is there. */
export async function dial(host: Host, s: Scope, { port, tls, send, await: count }: Dial): Promise<Dialled> {
  const stream = await host.connect(s, { host: "127.0.0.1", port }, tls);
  if (isFault(stream)) return failed("", stream);
  let text = "";
  const sent = await stream.write(s, encodeUtf8(send));
  let fault: Fault | null = isFault(sent) ? sent : null;
  while (fault === null && (count === 0 || text.length < count)) {
    const bytes = await stream.read(s, 16_384);
    if (isFault(bytes)) fault = bytes;
    else if (bytes.length === 0) break;
    else text += decodeUtf8(bytes);
  }
  await stream.close();
  return fault === null ? { text, fault: null } : failed(text, fault);
}
