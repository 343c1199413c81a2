// The command line: one table of commands and flags makes parsing, --help and the
// "did you mean" of unknown words.

import mri from "mri";
import { type Fault, fault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";

interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent = a switch. */
  readonly value?: string;
  readonly help: string;
}

interface Command {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly string[];
  /** Words that may follow it, as the help shows them; absent = none. */
  readonly words?: string;
}

const FLAGS: readonly Flag[] = [
  { name: "message", short: "m", value: "TEXT", help: "Answer this one message and end." },
  { name: "port", value: "N", help: "Gateway port (0: any free one)." },
  { name: "bind", value: "ADDRESS", help: "Address that the gateway listens on." },
  { name: "dump", help: "Print every key with its value and source; secrets redacted." },
  { name: "json", help: "JSON lines for machines." },
  { name: "config", value: "FILE", help: "JSON configuration file." },
  { name: "ros", value: "VERSION", help: "In the names of this RouterOS version, such as 7.16." },
  { name: "engine", value: "NAME", help: "quickjs (default) or v8; Node builds only." },
  { name: "help", short: "h", help: "This help." },
  { name: "version", help: "Print the version." },
];

const EVERYWHERE = ["config", "engine", "help", "version"];

const COMMANDS: readonly Command[] = [
  {
    name: "agent",
    help: "Talk to the agent here; gateway and channels run beside it.",
    flags: ["message", "port", "bind", "json"],
  },
  { name: "gateway", help: "Gateway and channels without a terminal.", flags: ["port", "bind", "json"] },
  { name: "sim", help: "Serve the simulated router on loopback (see: mikroclaw sim --help).", flags: ["port", "json"] },
  { name: "status", help: "Ask the running agent how it is.", flags: ["port", "bind", "json"] },
  { name: "doctor", help: "Check each part and say what mends it.", flags: ["port", "bind", "json"] },
  { name: "config", help: "Show the configuration.", flags: ["dump", "json", "port", "bind"] },
  {
    name: "explain",
    words: "COMMAND | -",
    help: "What a RouterOS command or script would do; - explains each line of standard input.",
    flags: ["json", "ros"],
  },
  {
    name: "integrations",
    words: "[list | info NAME]",
    help: "What it can work with, and against what that was tested.",
    flags: ["json"],
  },
  {
    name: "audit",
    words: "export | verify [FILE]",
    help: "The audit log on a disk here: print it, or look whether it was changed.",
    flags: ["json"],
  },
  { name: "provider", words: "test NAME", help: "One small real call to a model service.", flags: ["json"] },
  { name: "help", words: "[command]", help: "This help, or that of one command.", flags: [] },
];

/** A command line that makes sense. Switches have the value "1". */
export interface Args {
  readonly command: string;
  /** What followed the command. */
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

function usage(what: string, near: string | undefined, of = ""): Fault {
  const next = near === undefined ? `See: mikroclaw help${of}` : `Did you mean "${near}"?`;
  return fault("input", what, { code: "usage", next });
}

// mri drops a lone dash, which stands for standard input.
const DASH = "\u0000-";

/** Arguments after the program's name. No command means `agent`. */
export function parseArgs(argv: readonly string[]): Outcome<Args> {
  const withValue = FLAGS.filter((f) => f.value !== undefined);
  let unknown: string | null = null;
  // The program's own words, so that mri neither guesses numbers nor takes a value for a switch.
  const words = argv.map((word) => (word === "-" ? DASH : word));
  const parsed: unknown = mri(words, {
    // mri calls unknown what is not named here, whatever the lists below say.
    alias: Object.fromEntries(FLAGS.map((f) => [f.name, f.short === undefined ? [] : [f.short]])),
    string: withValue.map((f) => f.name),
    boolean: FLAGS.filter((f) => f.value === undefined).map((f) => f.name),
    unknown: (flag: string) => {
      unknown ??= flag;
    },
  });
  if (unknown !== null) return unknownFlag(unknown);
  const options = parsed as Record<string, unknown> & { _: string[] };
  const [word, ...extra] = options._;
  const command = COMMANDS.find((c) => c.name === (word ?? "agent"));
  if (command === undefined) return unknownCommand(String(word));
  if (word === undefined && options["help"] === true) return { command: "help", words: [], flags: new Map() };
  if (extra.length > 0 && command.words === undefined) {
    const quote = command.name === "agent" ? " Put a message in quotes after -m." : "";
    return usage(`"${extra[0]}" is one word too many.${quote}`, undefined, ` ${command.name}`);
  }
  if (command.name === "help" && extra[0] !== undefined && !COMMANDS.some((c) => c.name === extra[0]))
    return unknownCommand(extra[0]);
  return collect(
    command,
    extra.map((w) => (String(w) === DASH ? "-" : String(w))),
    options,
  );
}

function unknownCommand(word: string): Fault {
  const near = nearest(
    word,
    COMMANDS.map((c) => c.name),
  )[0];
  return usage(`"${word}" is not a command.`, near);
}

function unknownFlag(flag: string): Fault {
  const near = nearest(
    flag.replace(/^-+/, ""),
    FLAGS.map((f) => f.name),
  )[0];
  return usage(`${flag} is not a flag of mikroclaw.`, near === undefined ? undefined : `--${near}`);
}

function collect(
  command: Command,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Outcome<Args> {
  const flags = new Map<string, string>();
  for (const f of FLAGS) {
    const value = options[f.name];
    if (value === undefined || value === false) continue;
    if (![...command.flags, ...EVERYWHERE].includes(f.name)) {
      return usage(`--${f.name} does not go with "${command.name}".`, undefined, ` ${command.name}`);
    }
    if (f.value !== undefined && (typeof value !== "string" || value === "")) {
      return usage(`--${f.name} needs one value: --${f.name} ${f.value}.`, undefined, ` ${command.name}`);
    }
    flags.set(f.name, value === true ? "1" : String(value));
  }
  return { command: command.name, words, flags };
}

/** The help text: of one command, or of all. */
export function helpText(of?: string): string {
  const command = COMMANDS.find((c) => c.name === of && c.name !== "help");
  const names = command === undefined ? FLAGS.map((f) => f.name) : [...command.flags, ...EVERYWHERE];
  const flags = FLAGS.filter((f) => names.includes(f.name));
  const left = (f: Flag): string =>
    `  ${f.short === undefined ? "    " : `-${f.short}, `}--${f.name}${f.value === undefined ? "" : ` ${f.value}`}`;
  const lines = [
    command === undefined ? "MikroClaw: an AI network engineer for MikroTik routers." : command.help,
    "",
    `Usage: mikroclaw ${command?.name ?? "[command]"}${command?.words === undefined ? "" : ` ${command.words}`} [flags]`,
    "",
  ];
  if (command === undefined) {
    lines.push("Commands:", ...COMMANDS.map((c) => `  ${c.name.padEnd(14)}${c.help}`), "");
  }
  lines.push("Flags:", ...flags.map((f) => left(f).padEnd(24) + f.help), "");
  if (command === undefined) {
    lines.push("Settings come from a JSON file (--config, MIKROCLAW_CONFIG), the environment and flags.");
  }
  lines.push(
    "Exit codes: 0 ok, 1 fault (an answer that tells of one too: no router, no model), 2 usage or configuration,",
    "3 approval needed (agent -m), 70 internal error. A prompt fed by a pipe ends with 1 when any answer told of a fault.",
    "",
  );
  return lines.join("\n");
}
