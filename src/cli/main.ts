// The agent's bundle: one command line in, one exit code out.

import { loadConfig } from "../app/config.ts";
import { isFault, sayFault } from "../base/fault.ts";
import { agentCommand } from "./agent.ts";
import { helpText, parseArgs } from "./args.ts";
import { auditCommand } from "./audit.ts";
import { EXIT, type Program, startProgram } from "./boot.ts";
import { configCommand } from "./config.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { gatewayCommand } from "./gateway.ts";
import { integrationsCommand } from "./integrations.ts";
import { providerCommand } from "./provider.ts";
import type { Run } from "./run.ts";
import { statusCommand } from "./status.ts";
import { makeTerm } from "./term.ts";

declare const __VERSION__: string;

const COMMANDS: Readonly<Record<string, (run: Run) => Promise<number>>> = {
  agent: agentCommand,
  gateway: gatewayCommand,
  status: statusCommand,
  doctor: doctorCommand,
  config: configCommand,
  explain: explainCommand,
  integrations: integrationsCommand,
  provider: providerCommand,
  audit: auditCommand,
};

async function main(program: Program): Promise<number> {
  const { host, scope } = program;
  const term = makeTerm(host);
  const args = parseArgs(host.args());
  if (isFault(args)) {
    term.error(sayFault(args));
    return EXIT.usage;
  }
  if (args.flags.has("version")) {
    term.line(`mikroclaw ${__VERSION__}`);
    return EXIT.ok;
  }
  if (args.command === "help" || args.flags.has("help")) {
    term.line(helpText(args.command === "help" ? args.words[0] : args.command));
    return EXIT.ok;
  }
  const command = COMMANDS[args.command];
  if (command === undefined) {
    term.error(`"${args.command}" is in the Node build only. Run it with: node mikroclaw.mjs ${args.command}`);
    return EXIT.usage;
  }
  const config = await loadConfig(scope, host, args.flags);
  if (isFault(config)) {
    term.error(sayFault(config));
    return EXIT.usage;
  }
  return command({ program, args, config, term, version: __VERSION__ });
}

startProgram(main);
