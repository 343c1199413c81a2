// The command line of `mikroclaw sim`: its flags, their bounds, and its help.

import mri from "mri";
import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { ipv4Bytes } from "../base/ip.ts";
import { SIM_PORT } from "../base/limits-sim.ts";
import { nearest } from "../base/text.ts";
import { isLoopback } from "../base/url.ts";
import { DEVICE_MODES, type DeviceMode } from "../edges/simrouter/device-mode.ts";

export const SIM_HELP = `Serve a simulated RouterOS 7 home router over REST, on this machine only.

Usage: mikroclaw sim [flags]

  --port N          port to listen on (default ${SIM_PORT}; 0: any free one)
  --user NAME       its user (default admin)
  --password TEXT   that user's password (default admin)
  --seed N          another number makes other counters and ids (default 1)
  --bind ADDRESS    a loopback address (default 127.0.0.1)
  --ros VERSION     be that RouterOS, from 7.10 on: its menus, commands and names
  --mode MODE       its device-mode: home, basic, advanced or rose (default advanced)
  --reach           let requests in only as far as its firewall, addresses and bridge do,
                    as if they came from a container on it
  --twin FILE       be a twin of your router: FILE holds its /export
  --rehearse TEXT   try console commands on the twin and tell who could no longer reach what; serves nothing
  --owner A@PORT    where you sit: your address and the router's port you come in by, such as
                    192.168.88.10@ether2; --lan and --agent name another device and the agent alike
  --json            print one JSON line when it listens
  -h, --help        this help

Then, in another terminal:
  curl -u admin:admin http://127.0.0.1:${SIM_PORT}/rest/system/resource
  ROUTER_HOST=127.0.0.1:${SIM_PORT} ROUTER_USER=admin ROUTER_PASS=admin mikroclaw agent
`;

const PLACES = ["owner", "lan", "agent"] as const;
const VALUES = ["port", "user", "password", "seed", "bind", "ros", "mode", "twin", "rehearse", ...PLACES] as const;
const SWITCHES = ["json", "reach", "help"] as const;

/** A place on the router's network, as it was typed. */
export interface Seat {
  readonly address: string;
  readonly at: string;
}

export interface Asked {
  port: number;
  user: string;
  password: string;
  seed: number;
  bind: string;
  ros?: string;
  deviceMode?: DeviceMode;
  reach?: Record<string, never>;
  /** The file of its export. */
  twin?: string;
  /** Console commands to be tried on the twin. */
  rehearse?: string;
  seats: Readonly<Partial<Record<(typeof PLACES)[number], Seat>>>;
  json: boolean;
  help: boolean;
}

const usage = (what: string, next = "See: mikroclaw sim --help"): Fault => fault("input", what, { next });

function unknownFlag(flag: string): Fault {
  const near = nearest(flag.replace(/^-+/, ""), [...VALUES, ...SWITCHES])[0];
  return usage(
    `${flag} is not a flag of mikroclaw sim.`,
    near === undefined
      ? `Its flags: ${[...VALUES, ...SWITCHES].map((f) => `--${f}`).join(" ")}`
      : `Did you mean --${near}?`,
  );
}

function whole(name: string, text: string, max: number): Outcome<number> {
  const fits = /^\d{1,10}$/.test(text) && Number(text) <= max;
  return fits ? Number(text) : usage(`--${name} needs a number from 0 to ${max}.`);
}

/** The arguments after the program's name; the word "sim" may come first. */
export function readSimArgs(argv: readonly string[]): Outcome<Asked> {
  let unknown: string | undefined;
  // Values are listed as strings: mri would make the number 80 of 080.
  const parsed: unknown = mri(argv[0] === "sim" ? argv.slice(1) : [...argv], {
    // With `unknown`, mri knows only what has an entry here.
    alias: { ...Object.fromEntries([...VALUES, ...SWITCHES].map((name) => [name, []])), help: ["h"] },
    string: [...VALUES],
    boolean: [...SWITCHES],
    unknown: (flag: string) => {
      unknown ??= flag;
    },
  });
  if (unknown !== undefined) return unknownFlag(unknown);
  const options = parsed as Readonly<Record<string, unknown>> & { _: readonly string[] };
  if (options._[0] !== undefined) return usage(`"${options._[0]}" is one word too many.`);
  const texts = new Map<string, string>();
  for (const name of VALUES) {
    const value = options[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || value === "") return usage(`--${name} needs one value.`);
    texts.set(name, value);
  }
  const on = (name: (typeof SWITCHES)[number]): boolean => options[name] === true;
  return checked(texts, on);
}

/** The places that were named. */
function seatsOf(texts: ReadonlyMap<string, string>): Outcome<Asked["seats"]> {
  const seats: Partial<Record<(typeof PLACES)[number], Seat>> = {};
  for (const name of PLACES) {
    const text = texts.get(name);
    if (text === undefined) continue;
    const [, address = "", at = ""] = /^([\d.]+)@(\S+)$/.exec(text) ?? [];
    if (ipv4Bytes(address) === null)
      return usage(`--${name} is an IPv4 address and a port of the router, such as 192.168.88.10@ether2.`);
    seats[name] = { address, at };
  }
  return seats;
}

/** The twin and what to try on it. */
function twinOf(texts: ReadonlyMap<string, string>): Outcome<Pick<Asked, "twin" | "rehearse" | "seats">> {
  const [twin, rehearse] = [texts.get("twin"), texts.get("rehearse")];
  const seats = seatsOf(texts);
  if (isFault(seats)) return seats;
  if (twin === undefined && (rehearse !== undefined || Object.keys(seats).length > 0))
    return usage("--rehearse and places want a twin: --twin FILE with the router's /export.");
  if (rehearse !== undefined && seats.owner === undefined)
    return usage("A rehearsal has to know where you sit.", "Say --owner ADDRESS@PORT, such as 192.168.88.10@ether2.");
  return { ...(twin === undefined ? {} : { twin }), ...(rehearse === undefined ? {} : { rehearse }), seats };
}

/** The device-mode that was asked for; undefined: none. */
function modeOf(text: string | undefined): Outcome<DeviceMode | undefined> {
  const mode = DEVICE_MODES.find((m) => m === text);
  if (mode !== undefined || text === undefined) return mode;
  return usage(`--mode is one of ${DEVICE_MODES.join(", ")}.`);
}

function checked(texts: ReadonlyMap<string, string>, on: (name: (typeof SWITCHES)[number]) => boolean): Outcome<Asked> {
  const port = whole("port", texts.get("port") ?? String(SIM_PORT), 65_535);
  if (isFault(port)) return port;
  const seed = whole("seed", texts.get("seed") ?? "1", 4_294_967_295);
  if (isFault(seed)) return seed;
  const user = texts.get("user") ?? "admin";
  // RFC 7617: a user id in Basic credentials cannot hold a colon.
  if (user.includes(":")) return usage("A user name cannot hold a colon.");
  const bind = texts.get("bind") ?? "127.0.0.1";
  if (!isLoopback(bind))
    return usage(`The simulated router listens on loopback only, not on ${bind}.`, "Use --bind 127.0.0.1");
  const deviceMode = modeOf(texts.get("mode"));
  if (isFault(deviceMode)) return deviceMode;
  const twin = twinOf(texts);
  if (isFault(twin)) return twin;
  const ros = texts.get("ros");
  return {
    ...twin,
    ...{ port, seed, user, password: texts.get("password") ?? "admin", bind, json: on("json"), help: on("help") },
    ...(ros === undefined ? {} : { ros }),
    ...(deviceMode === undefined ? {} : { deviceMode }),
    ...(on("reach") ? { reach: {} } : {}),
  };
}
