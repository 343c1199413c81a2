// The calls that answer at once: times, chance, lines out, the program's surroundings,
// and UTF-8 both ways (Encoding Standard: replacing, a BOM is kept).

import { randomFillSync } from "node:crypto";
import { RANDOM_BYTES_MAX } from "../../base/limits.ts";
import { type Abi, type AbiValue, SYNC } from "../../port/abi.ts";
import type { NodeOptions } from "./host.ts";

type Answer = (a: AbiValue, b: AbiValue) => AbiValue;

function logLine(level: AbiValue, line: AbiValue): string {
  const rest = String(line).slice(1);
  const head = `{"time":${JSON.stringify(new Date().toISOString())},"level":${JSON.stringify(level)}`;
  return `${head}${rest === "}" ? "" : ","}${rest}\n`;
}

function info(options: NodeOptions): string {
  const { terminal } = options;
  return JSON.stringify({
    inTty: terminal && process.stdin.isTTY === true,
    outTty: terminal && process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
    cwd: process.cwd(),
    host: "node",
    engine: options.engine,
    pid: process.pid,
    roots: [...Object.keys(options.roots), "config"],
  });
}

/** The `sync` of a host. */
export function makeSync(options: NodeOptions): Abi["sync"] {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const random: Answer = (count) => {
    if (typeof count !== "number" || !(count >= 0 && count <= RANDOM_BYTES_MAX)) {
      throw new RangeError(`${String(count)} is not a number of random bytes`);
    }
    return randomFillSync(new Uint8Array(count));
  };
  const answers: Readonly<Record<number, Answer>> = {
    [SYNC.MONO_MS]: () => performance.now(),
    [SYNC.WALL_MS]: () => Date.now(),
    [SYNC.RANDOM]: random,
    [SYNC.LOG]: (level, line) => void options.err.write(logLine(level, line)),
    [SYNC.ARGS]: () => JSON.stringify(options.args),
    [SYNC.ENV]: (name) => (Object.hasOwn(options.env, String(name)) ? options.env[String(name)] : undefined),
    [SYNC.EXIT]: (code) => void options.out.write("", () => options.exit(typeof code === "number" ? code : 70)),
    [SYNC.PRINT]: (text, where) => void (where === "err" ? options.err : options.out).write(String(text)),
    [SYNC.INFO]: () => info(options),
    [SYNC.RESOURCE]: (name) =>
      Object.hasOwn(options.resources, String(name)) ? options.resources[String(name)] : undefined,
    [SYNC.UTF8_ENCODE]: (text) => new Uint8Array(Buffer.from(String(text), "utf8")),
    [SYNC.UTF8_DECODE]: (bytes) => (bytes instanceof Uint8Array ? utf8.decode(bytes) : ""),
    // Its sockets tell nothing at once.
    [SYNC.WRITE_NOW]: () => 0,
  };
  return (op, a, b) => {
    const answer = answers[op];
    if (answer === undefined) throw new RangeError(`there is no sync operation ${op}`);
    return answer(a, b);
  };
}
