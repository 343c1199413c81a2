// The bytes of a model's reply to chunks: server-sent events or one JSON text, told apart by
// their first character, as services send either whatever was asked for. Web pages and other
// text under a status of 200 are faults.

import { concat } from "../../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { JSON_BYTES_MAX } from "../../base/limits.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { makeSse } from "../../net/sse.ts";
import { errorFault, isPage, type Peer, pageTitle, quote } from "./openai-errors.ts";
import type { Assembler } from "./openai-stream.ts";

const BROKEN = "model_json";
const LINE_ENDS = new Uint8Array([10, 10]);

export interface ReplyReader {
  push(bytes: Uint8Array): Outcome<void>;
  /** The body is over. */
  end(): Outcome<void>;
}

/** Feeds `into` from a body in pieces. */
export function makeReplyReader(into: Assembler, peer: Peer): ReplyReader {
  let form: "unknown" | "events" | "text" = "unknown";
  let isOver = false;
  const sse = makeSse((event) => {
    const read = readEvent(into, peer, event);
    // What the end cut in two is no event; whether the answer is whole is judged by its end.
    return isFault(read) && isOver && read.code === BROKEN ? undefined : read;
  });
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  const hold = (bytes: Uint8Array): Outcome<void> => {
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes > JSON_BYTES_MAX) {
      return fault("limit", `The reply of ${peer.service} is longer than ${JSON_BYTES_MAX} bytes.`, {
        code: "model_answer_size",
        next: "Ask for less at once.",
      });
    }
  };
  return {
    push(bytes) {
      if (form === "events") return sse.push(bytes);
      const full = hold(bytes);
      if (isFault(full) || form === "text") return full;
      const all = concat(held);
      form = formOf(all);
      if (form !== "events") return;
      held = [];
      return sse.push(all);
    },
    end() {
      isOver = true;
      if (form === "text" || form === "unknown") return readWhole(into, peer, decodeUtf8(concat(held)));
      // Some services leave out the line end after their last event.
      const read = sse.push(LINE_ENDS);
      return isFault(read) ? read : sse.end();
    },
  };
}

/** By the first byte that is not white space or part of a byte order mark. */
function formOf(bytes: Uint8Array): "unknown" | "events" | "text" {
  for (const byte of bytes) {
    if (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
    // "{", "[" and "<": an object, a list (of errors), a web page.
    return byte === 0x7b || byte === 0x5b || byte === 0x3c ? "text" : "events";
  }
  return "unknown";
}

function readEvent(into: Assembler, peer: Peer, event: { event: string; data: string }): Outcome<void> {
  const data = event.data.trim();
  if (data === "") return;
  if (data === "[DONE]") return into.done();
  const value = parseJson(data);
  if (event.event === "error") return errorFault(peer, 200, isFault(value) ? data : value);
  if (isFault(value)) return broken(peer, data);
  return into.add(value);
}

function readWhole(into: Assembler, peer: Peer, text: string): Outcome<void> {
  const plain = text.replace(/^\ufeff/, "");
  if (plain.trim() === "") {
    return fault("failed", `${peer.service} answered with an empty reply.`, {
      code: "model_empty",
      next: "Try again; if it stays, check LLM_BASE_URL.",
    });
  }
  if (isPage(plain)) {
    return fault(
      "failed",
      `${peer.service} answered with a web page instead of a model's reply: "${quote(peer, pageTitle(plain))}"`,
      {
        code: "model_page",
        next: "Check the path of LLM_BASE_URL; it often ends in /v1.",
      },
    );
  }
  const value = parseJson(plain);
  if (isFault(value)) return broken(peer, plain);
  const added = into.add(value);
  if (isFault(added)) return added;
  into.done();
}

function broken(peer: Peer, text: string): Fault {
  return fault("failed", `${peer.service} answered with broken JSON: "${quote(peer, text.slice(0, 200))}"`, {
    code: BROKEN,
    next: "Try again.",
  });
}
