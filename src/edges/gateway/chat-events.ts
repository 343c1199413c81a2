// A turn's progress as server-sent events (https://html.spec.whatwg.org/#server-sent-events):
// delta, tool, then final or error. A slow reader holds up nothing: pieces of text that wait
// are joined, and left out when too many do, as the final event has the whole.

import { isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { CHAT_ALIVE_MS, CHAT_EVENTS_MAX } from "../../base/limits.ts";
import { orStop, type Scope, withScope } from "../../base/scope.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import type { Progress } from "../../port/agent.ts";
import type { Stream } from "../../port/host.ts";

type Event = { name: "delta"; text: string } | { name: "tool" | "final" | "error"; data: unknown };

export interface ChatEvents {
  progress(p: Progress): void;
  /** The last event; nothing is taken after it. */
  finish(name: "final" | "error", data: unknown): void;
  /** Writes events until the last one. */
  pump(s: Scope, out: Pick<Stream, "write">): Wait<void>;
}

/** An empty stream of events. */
export function makeChatEvents(): ChatEvents {
  const waiting: Event[] = [];
  let isOver = false;
  let wake: () => void = () => undefined;

  const push = (event: Event): void => {
    if (isOver) return;
    const last = waiting.at(-1);
    if (event.name === "delta" && last?.name === "delta") last.text += event.text;
    else if (waiting.length < CHAT_EVENTS_MAX || event.name === "final" || event.name === "error") waiting.push(event);
    wake();
  };
  const more = (): Promise<Outcome<void>> => {
    if (waiting.length > 0 || isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      wake = () => resolve(undefined);
    });
  };
  return {
    progress(p) {
      if (p.kind === "text") push({ name: "delta", text: p.text });
      else push({ name: "tool", data: { name: p.name, state: p.state } });
    },
    finish(name, data) {
      push({ name, data });
      isOver = true;
    },
    async pump(s, out) {
      while (waiting.length > 0 || !isOver) {
        const woken = await withScope(s, CHAT_ALIVE_MS, (inner) => orStop(inner, more()));
        if (isFault(woken) && s.stopped !== null) return s.stopped;
        const event = waiting.shift();
        // Nothing came for a while: a comment, which readers of events skip.
        const text = event === undefined ? ": still working\n\n" : eventText(event);
        const written = await out.write(s, encodeUtf8(text));
        if (isFault(written)) return written;
      }
    },
  };
}

function eventText(event: Event): string {
  const data = event.name === "delta" ? { text: event.text } : event.data;
  return `event: ${event.name}\ndata: ${JSON.stringify(data)}\n\n`;
}
