// `node --import tsx scripts/install.ts HOST`: puts MikroClaw on a router from this computer (scripts/install/args.ts
// has the flags). Exit codes: 0 done, 1 it could not, 2 the command line.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Asked, HELP, readArgs } from "./install/args.ts";
import { imageArch } from "./install/checks.ts";
import { dryRouter } from "./install/dry.ts";
import { carryOut, type Surroundings } from "./install/flow.ts";
import { pinsFile, trustedPin } from "./install/pin.ts";
import { placeOf, type Router, realRouter } from "./install/router.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Asks at the terminal; "" where there is none. */
async function question(text: string, isHidden: boolean): Promise<string> {
  if (!process.stdin.isTTY) return "";
  const lines = createInterface({
    input: process.stdin,
    output: isHidden ? undefined : process.stdout,
    terminal: true,
  });
  if (isHidden) process.stdout.write(text);
  const answer = await lines.question(isHidden ? "" : text);
  if (isHidden) process.stdout.write("\n");
  lines.close();
  return answer;
}

function variablesOf(asked: Asked): ReadonlyMap<string, string> {
  return new Map(
    asked.env.map((name) => {
      const value = asked.dryRun ? `(the value of ${name})` : process.env[name];
      if (value === undefined || value === "") throw new Error(`--env ${name}: your environment has no ${name}.`);
      return [name, value] as const;
    }),
  );
}

async function mayTrust(shown: string, asked: Asked): Promise<boolean> {
  say(`The router shows a certificate that was not seen before. Its SHA-256 fingerprint:\n  ${shown}`);
  say("On the router: /certificate/print proplist=name,fingerprint");
  return asked.trust || /^y(es)?$/i.test(await question("Is it the same? [y/N] ", false));
}

async function routerFor(asked: Asked): Promise<Router> {
  if (asked.dryRun) {
    const image = imageArch({ "architecture-name": asked.arch }) ?? "";
    return dryRouter({ ros: asked.ros, arch: asked.arch, file: `mikroclaw-${image}.tar`, imageBytes: 0 }, say);
  }
  const at = placeOf(asked.host);
  const { host, port } = at;
  const given = asked.pin === undefined ? {} : { pin: asked.pin };
  const trust = { host, port, file: pinsFile(asked.pins), ...given, ask: (shown: string) => mayTrust(shown, asked) };
  const pin = at.isPlain ? undefined : await trustedPin(trust);
  const password = process.env["ROUTER_PASS"] ?? (await question(`Password of ${asked.user}: `, true));
  return realRouter(at, asked.user, password, pin);
}

async function main(asked: Asked): Promise<void> {
  const surroundings: Surroundings = {
    root: process.cwd(),
    variables: variablesOf(asked),
    read: (file) => (asked.dryRun ? new Uint8Array() : readFileSync(file)),
    say,
    sleep: (ms) => sleep(ms),
  };
  const router = await routerFor(asked);
  try {
    await carryOut(router, surroundings, asked);
  } finally {
    await router.close();
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

let asked: Asked | null = null;
try {
  asked = readArgs(process.argv.slice(2));
  if (asked === null) process.stdout.write(HELP);
} catch (error) {
  process.stderr.write(`${wordsOf(error)}\nSee: node --import tsx scripts/install.ts --help\n`);
  process.exitCode = 2;
}
if (asked !== null) {
  try {
    await main(asked);
  } catch (error) {
    process.stderr.write(`${wordsOf(error)}\n`);
    process.exitCode = 1;
  }
}
