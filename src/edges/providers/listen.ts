// Sends one question and reads the reply until it is over, within two bounds on silence:
// before the first byte and between bytes. It does not repeat a call: its caller decides.

import { type Fault, fault, isFault, refault, type Wait } from "../../base/fault.ts";
import { MODEL_FIRST_BYTE_MS, MODEL_IDLE_MS, MODEL_TAIL_MS } from "../../base/limits.ts";
import { launch, type Scope } from "../../base/scope.ts";
import { isPrivateAddress } from "../../base/url.ts";
import type { Clock } from "../../port/clock.ts";
import type { Http, Request, Response } from "../../port/http.ts";
import type { Assembler } from "./dialect.ts";
import { type Peer, statusFault } from "./errors.ts";
import type { ReplyReader } from "./reply.ts";

/** Reads the reply to `r` into `reader`; an answer that has ended survives a bad end of its connection. */
export async function listen(
  s: Scope,
  kit: { http: Http; clock: Clock },
  r: Request,
  peer: Peer,
  assembler: Assembler,
  reader: ReplyReader,
): Wait<void> {
  const silence = watchSilence(s, kit.clock, peer, assembler);
  let refused: Fault | null = null;
  const work = launch(s, Infinity, (inner) => {
    silence.onSilent((why) => work.stop(why));
    return kit.http.stream(inner, r, (bytes) => {
      silence.heard();
      const read = reader.push(bytes);
      if (isFault(read)) refused = read;
      return read;
    });
  });
  const response = await work.done;
  await silence.end();
  if (s.stopped !== null) return s.stopped;
  if (refused !== null) return refused;
  if (isFault(response)) return assembler.ended ? undefined : (silence.why ?? explain(peer, response));
  if (response.status < 200 || response.status >= 300) return statusFault(peer, response);
  return restOf(reader, response);
}

function restOf(reader: ReplyReader, response: Response): ReturnType<ReplyReader["end"]> {
  const read = response.body.length > 0 ? reader.push(response.body) : undefined;
  return isFault(read) ? read : reader.end();
}

/** The fault of a connection, told as the service's. */
export function explain(peer: Peer, f: Fault): Fault {
  const next = f.next ?? (f.fault === "unreachable" ? whereToLook(peer) : "Try again.");
  return refault(f, { what: `The model service ${peer.service} gave no answer: ${f.what}`, next });
}

function whereToLook({ service }: Peer): string {
  return isPrivateAddress(service)
    ? "Is the model server running there? Check its address (LLM_BASE_URL)."
    : "Check LLM_BASE_URL and the router's internet connection: /ping 1.1.1.1 count=3";
}

interface Silence {
  heard(): void;
  onSilent(stop: (why: Fault) => void): void;
  readonly why: Fault | null;
  end(): Promise<void>;
}

/** Models think for minutes before the first byte, but do not pause that long between bytes. */
function watchSilence(s: Scope, clock: Clock, peer: Peer, assembler: Assembler): Silence {
  let lastMs = clock.monoMs();
  let spoke = false;
  let why: Fault | null = null;
  let stop: (why: Fault) => void = () => undefined;
  const dueMs = (): number => lastMs + (assembler.ended ? MODEL_TAIL_MS : spoke ? MODEL_IDLE_MS : MODEL_FIRST_BYTE_MS);
  // A sleep is no longer than the shortest bound, as the answer may end during it.
  const watch = launch(s, Infinity, async (inner) => {
    while (inner.stopped === null) {
      const leftMs = dueMs() - clock.monoMs();
      if (leftMs <= 0) {
        why = silent(peer, spoke);
        stop(why);
        return;
      }
      const slept = await clock.sleep(inner, Math.min(leftMs, MODEL_TAIL_MS));
      if (isFault(slept)) return;
    }
  });
  return {
    heard() {
      lastMs = clock.monoMs();
      spoke = true;
    },
    onSilent(call) {
      stop = call;
    },
    get why() {
      return why;
    },
    async end() {
      watch.stop(fault("stopped", "The reply is over."));
      const ended = await watch.done;
      if (isFault(ended)) return;
    },
  };
}

function silent(peer: Peer, spoke: boolean): Fault {
  const seconds = (spoke ? MODEL_IDLE_MS : MODEL_FIRST_BYTE_MS) / 1_000;
  const what = spoke
    ? `The answer of ${peer.service} stopped: nothing came for ${seconds} seconds.`
    : `${peer.service} took the question but sent nothing for ${seconds} seconds.`;
  return fault("timeout", what, { code: "model_silent", next: "Try again, or use a faster MODEL." });
}
