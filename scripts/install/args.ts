// The command line of scripts/install.ts.

import { parseArgs } from "node:util";

export const HELP = `Put MikroClaw on a RouterOS router, from this computer.

Usage: node --import tsx scripts/install.ts [install|upgrade|uninstall] HOST [flags]

HOST is the router's address, such as 192.168.88.1 (https; www-ssl must be on). The password of --user
is read from the environment variable ROUTER_PASS, or asked for.

  --user NAME       a user of the group full (default admin)
  --disk SLOT       keep the container on that disk, such as usb1 (default: all in RAM)
  --env NAME        hand this variable of your environment to the agent, such as BOT_TOKEN; as often as you like
  --image FILE      the image (default dist/image/mikroclaw-ARCH.tar, from make image)
  --upload WAY      fetch: the router gets it from this computer; hand: you copy it, as it will say
  --pin SHA256      take the router's certificate with this fingerprint and no other
  --pins FILE       where fingerprints of routers seen before are kept (default ~/.config/mikroclaw/routers.json)
  --trust           take the certificate that the router shows the first time, without being asked
  --gateway URL     where the agent answers (default http://172.31.18.2:18789)
  --dry-run         print every command, send nothing
  --ros VERSION, --arch ARCH   for --dry-run: the router that is meant (default 7.24, arm64)
  -h, --help        this help
`;

const ACTIONS = ["install", "upgrade", "uninstall"] as const;
export type Action = (typeof ACTIONS)[number];

export interface Asked {
  readonly action: Action;
  readonly host: string;
  readonly user: string;
  readonly disk: string;
  readonly env: readonly string[];
  readonly image?: string;
  readonly upload?: "fetch" | "hand";
  readonly pin?: string;
  readonly pins?: string;
  readonly trust: boolean;
  readonly gateway: string;
  readonly dryRun: boolean;
  readonly ros: string;
  readonly arch: string;
}

const OPTIONS = {
  user: { type: "string", default: "admin" },
  disk: { type: "string", default: "" },
  env: { type: "string", multiple: true, default: [] as string[] },
  image: { type: "string" },
  upload: { type: "string" },
  pin: { type: "string" },
  pins: { type: "string" },
  trust: { type: "boolean", default: false },
  gateway: { type: "string", default: "http://172.31.18.2:18789" },
  "dry-run": { type: "boolean", default: false },
  ros: { type: "string", default: "7.24" },
  arch: { type: "string", default: "arm64" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** What was asked for; null: the help. Throws in words for anything else. */
export function readArgs(argv: readonly string[]): Asked | null {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help) return null;
  const words = [...positionals];
  const action = ACTIONS.find((a) => a === words[0]) ?? "install";
  if (ACTIONS.some((a) => a === words[0])) words.shift();
  const [host, more] = words;
  if (more !== undefined) throw new Error(`"${more}" is one word too many.`);
  if (host === undefined) throw new Error("Which router? Write its address, such as 192.168.88.1.");
  const { upload, disk } = values;
  if (upload !== undefined && upload !== "fetch" && upload !== "hand") throw new Error("--upload is fetch or hand.");
  // It goes into a script.
  if (!/^[A-Za-z0-9_-]*$/.test(disk)) throw new Error(`"${disk}" is no disk's name: /disk/print shows them.`);
  const bad = values.env.find((name) => !/^[A-Z][A-Z0-9_]*$/.test(name));
  if (bad !== undefined)
    throw new Error(`--env takes the name of a variable, not "${bad}": its value stays in your environment.`);
  return {
    action,
    host,
    user: values.user,
    disk,
    env: values.env,
    trust: values.trust,
    gateway: values.gateway.replace(/\/$/, ""),
    dryRun: values["dry-run"],
    ros: values.ros,
    arch: values.arch,
    ...(values.image === undefined ? {} : { image: values.image }),
    ...(upload === undefined ? {} : { upload }),
    ...(values.pin === undefined ? {} : { pin: values.pin }),
    ...(values.pins === undefined ? {} : { pins: values.pins }),
  };
}
