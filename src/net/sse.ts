// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from
// bytes: eventsource-parser behind a streaming UTF-8 decoder, with a bound on what is held.

import { createParser } from "eventsource-parser";
import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { SSE_LINE_BYTES_MAX } from "../base/limits.ts";
import { makeUtf8Decoder } from "../base/utf8.ts";

export interface Sse {
  /** The fault of `onEvent`, or of a line that is too long; then the rest is not read. */
  push(bytes: Uint8Array): Outcome<void>;
  /** Delivers an event whose lines are whole but whose empty line did not come. */
  end(): Outcome<void>;
}

/** Calls `onEvent` for each event; one without a name is "message". */
export function makeSse(onEvent: (e: { event: string; data: string }) => Outcome<void>): Sse {
  const decoder = makeUtf8Decoder();
  let bad: Fault | null = null;
  let isFirst = true;
  let last = "";
  const parser = createParser({
    // The bound is in characters, of which each is a byte or more.
    maxBufferSize: SSE_LINE_BYTES_MAX,
    onEvent({ event, data }) {
      if (bad !== null) return;
      const taken = onEvent({ event: event ?? "message", data });
      if (isFault(taken)) bad = taken;
    },
    onError(error) {
      // Unknown fields and broken retry values are skipped, as the standard says.
      if (error.type !== "max-buffer-size-exceeded") return;
      bad ??= fault("limit", `The server sent an event of more than ${SSE_LINE_BYTES_MAX} bytes.`, {
        code: "sse_line",
        maybeDone: true,
      });
    },
  });
  const feed = (text: string): Outcome<void> => {
    if (bad !== null) return bad;
    if (text === "") return;
    // The decoder keeps a byte order mark, the parser looks for its bytes.
    parser.feed(isFirst && text.startsWith("\ufeff") ? text.slice(1) : text);
    isFirst = false;
    last = text.charAt(text.length - 1);
    return bad ?? undefined;
  };
  return {
    push: (bytes) => feed(decoder.push(bytes)),
    end() {
      const fed = feed(decoder.end());
      if (isFault(fed)) return fed;
      // Half a line is not an event (section 9.2.6).
      if (last === "\r") return feed("\n\n");
      return last === "\n" ? feed("\n") : undefined;
    },
  };
}
