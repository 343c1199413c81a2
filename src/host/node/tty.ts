// Lines from the person: with editing and history at a terminal, plain ones from a pipe.
// Reading is paused while nobody asks, so a long pipe is never taken into memory.

import { createInterface, type Interface } from "node:readline";
import { CLI_HISTORY_MAX, CLI_LINE_BYTES_MAX } from "../../base/limits.ts";
import { CODE } from "../../port/abi.ts";
import type { NodeOptions } from "./host.ts";
import type { Done, Start } from "./op.ts";
import type { Signals } from "./signal.ts";

export interface Tty {
  readonly start: Start;
  close(): void;
}

const TOO_LONG = `A line may have ${CLI_LINE_BYTES_MAX} bytes; this longer one was left out.`;

function deliver(done: Done, line: string): void {
  if (Buffer.byteLength(line) > CLI_LINE_BYTES_MAX) return void done(CODE.BUSY, TOO_LONG);
  done(CODE.OK, line);
}

/** A terminal. Lines typed ahead or pasted wait for their prompt; Ctrl-C empties the line, on an empty one it interrupts. */
function makeTerminal(interrupt: () => void): Tty {
  const ahead: string[] = [];
  let editor: Interface | null = null;
  let ended = false;
  let reader: Done | null = null;
  const take = (): Done | null => {
    const done = reader;
    reader = null;
    return done;
  };
  const open = (): Interface => {
    const { stdin: input, stdout: output } = process;
    const made = createInterface({
      input,
      output,
      terminal: true,
      historySize: CLI_HISTORY_MAX,
      removeHistoryDuplicates: true,
    });
    made.on("line", (line) => {
      const done = take();
      if (done !== null) deliver(done, line);
      else ahead.push(line);
      // What is pasted at once is taken whole; more stays with the kernel.
      if (ahead.length >= CLI_HISTORY_MAX) made.pause();
    });
    made.on("close", () => {
      ended = true;
      take()?.(CODE.NOTFOUND, "The input has ended.");
    });
    made.on("SIGINT", () => {
      const wasEmpty = made.line === "";
      if (!wasEmpty) for (const name of ["e", "u"]) made.write("", { ctrl: true, name });
      // Without a prompt something runs, and that is what is meant.
      if (wasEmpty || made.getPrompt() === "") interrupt();
      else {
        output.write("\n");
        take()?.(CODE.OK, "");
      }
    });
    return made;
  };
  return {
    start(done, prompt) {
      if (reader !== null) return void done(CODE.INVALID, "A prompt is open already.");
      editor ??= open();
      const line = ahead.shift();
      if (line !== undefined) return void deliver(done, line);
      if (ended) return void done(CODE.NOTFOUND, "The input has ended.");
      reader = done;
      editor.setPrompt(String(prompt ?? ""));
      // An empty prompt would wipe the line that something else is writing.
      if (prompt === "") editor.resume();
      else editor.prompt(true);
      return () => {
        if (reader === done) reader = null;
        done(CODE.CANCELED);
      };
    },
    close: () => editor?.close(),
  };
}

/** A pipe or a file. */
function makePipe(): Tty {
  let text = "";
  let ended = false;
  let skipping = false;
  let reader: Done | null = null;
  let listening = false;

  const takeLine = (): string | null => {
    const end = text.indexOf("\n");
    if (end < 0) return null;
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  };
  const finish = (how: (done: Done) => void): void => {
    const done = reader;
    reader = null;
    process.stdin.pause();
    if (done !== null) how(done);
  };
  const serve = (): void => {
    if (reader === null) return;
    const line = takeLine();
    if (line !== null) {
      const wasLong = skipping;
      skipping = false;
      return void finish((done) => (wasLong ? done(CODE.BUSY, TOO_LONG) : deliver(done, line)));
    }
    if (text.length > CLI_LINE_BYTES_MAX) {
      // The rest of this line is read and dropped; half a command must never be taken for a whole one.
      skipping = true;
      text = "";
    }
    if (!ended) return void process.stdin.resume();
    const last = text;
    text = "";
    if (last === "" && !skipping) return void finish((done) => done(CODE.NOTFOUND, "The input has ended."));
    const wasLong = skipping;
    skipping = false;
    finish((done) => (wasLong ? done(CODE.BUSY, TOO_LONG) : deliver(done, last)));
  };
  const more = (piece: string): void => {
    text += piece;
    serve();
  };
  const end = (): void => {
    ended = true;
    serve();
  };
  return {
    start(done) {
      if (reader !== null) return void done(CODE.INVALID, "A prompt is open already.");
      if (!listening) {
        listening = true;
        process.stdin.setEncoding("utf8");
        process.stdin.on("data", more).on("end", end).on("error", end);
      }
      reader = done;
      serve();
      return () => {
        if (reader === done) finish(() => undefined);
        done(CODE.CANCELED);
      };
    },
    close() {
      if (!listening) return;
      process.stdin.off("data", more).off("end", end).off("error", end);
      process.stdin.pause();
    },
  };
}

/** Lines of the person at this process; the end at once for a guest beside the main program. */
export function makeTty(options: NodeOptions, raise: Signals["raise"]): Tty {
  if (!options.terminal)
    return { start: (done) => void done(CODE.NOTFOUND, "There is no terminal."), close: () => undefined };
  return process.stdin.isTTY && process.stdout.isTTY ? makeTerminal(() => raise("SIGINT")) : makePipe();
}
