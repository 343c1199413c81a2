// The visible text of a streamed answer: without the <think>…</think> block that some local
// servers put before it (llama.cpp, LM Studio, MiniMax), however it is cut into pieces, and
// without half a surrogate pair at the end of a piece.

import { wellFormed } from "./values.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

export interface VisibleText {
  push(piece: string): void;
  /** Gives out what was held back; no more comes. */
  end(): void;
  /** All that was given out so far. */
  readonly text: string;
  /** True once a thinking block was seen. */
  readonly thought: boolean;
}

/** `emit` gets each piece that a person may see. */
export function makeVisibleText(emit: (piece: string) => void): VisibleText {
  let place: "start" | "thinking" | "after" | "open" = "start";
  let held = "";
  let text = "";
  let thought = false;

  const show = (piece: string, isEnd: boolean): void => {
    const all = held + piece;
    const last = all.charCodeAt(all.length - 1);
    const splits = !isEnd && last >= 0xd800 && last < 0xdc00;
    held = splits ? all.slice(-1) : "";
    const shown = wellFormed(splits ? all.slice(0, -1) : all);
    if (shown === "") return;
    text += shown;
    emit(shown);
  };
  const start = (piece: string): void => {
    held += piece;
    const begin = held.trimStart();
    if (begin.startsWith(OPEN)) {
      place = "thinking";
      thought = true;
      held = begin.slice(OPEN.length);
      think("");
    } else if (!OPEN.startsWith(begin)) {
      place = "open";
      show("", false);
    }
  };
  const think = (piece: string): void => {
    held += piece;
    const at = held.indexOf(CLOSE);
    if (at < 0) {
      // Only what could be the beginning of the closing mark is still of interest.
      held = held.slice(-CLOSE.length + 1);
      return;
    }
    const rest = held.slice(at + CLOSE.length);
    held = "";
    place = "after";
    after(rest);
  };
  const after = (piece: string): void => {
    const begin = piece.trimStart();
    if (begin === "") return;
    place = "open";
    show(begin, false);
  };
  return {
    push(piece) {
      if (place === "start") start(piece);
      else if (place === "thinking") think(piece);
      else if (place === "after") after(piece);
      else show(piece, false);
    },
    end() {
      if (place !== "thinking") show("", true);
      held = "";
    },
    get text() {
      return text;
    },
    get thought() {
      return thought;
    },
  };
}
