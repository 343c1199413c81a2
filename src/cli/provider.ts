// `mikroclaw provider test NAME`: one small real call to a model service, and what mends it
// when that fails. It costs a few tokens.

import { ownersHttp } from "../app/authorities.ts";
import { configSecrets } from "../app/config.ts";
import { chooseService, type ModelChoice, testAsk } from "../app/model.ts";
import { makeProfileKit, openProfile } from "../app/profiles.ts";
import type { Service } from "../app/service-row.ts";
import { baseUrlVariable, serviceNamed } from "../app/services.ts";
import { type Fault, fault, isFault, refault, sayFault, type Wait } from "../base/fault.ts";
import { MODEL_TEST_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { oneLine, printable } from "../base/text.ts";
import { AUTO_MODEL, withoutContent } from "../edges/providers/dialect.ts";
import type { Answer } from "../port/provider.ts";
import { EXIT, untilSignal } from "./boot.ts";
import type { Run } from "./run.ts";

interface Tried {
  readonly title: string;
  readonly model: string;
  readonly tookMs: number;
  readonly answer: Answer;
}

/** Asks the service for one word. */
export async function providerCommand(run: Run): Promise<number> {
  const { program, args, term } = run;
  const [verb, name, ...extra] = args.words;
  if (verb !== "test" || name === undefined || extra.length > 0) {
    return refuse(
      run,
      fault("input", "What shall be done with which provider?", { next: "Use: mikroclaw provider test NAME" }),
    );
  }
  const service = serviceNamed(name, "The provider");
  if (isFault(service)) return refuse(run, service);
  // Any model will do for this, if the owner named none.
  const choice = chooseService(run.config, { ...service, pick: service.pick ?? "" });
  if (isFault(choice)) return refuse(run, choice);
  return untilSignal(program, MODEL_TEST_MS, async (s) => {
    const called = await call(s, run, choice);
    const tried = isFault(called) ? byName(run, service, called) : called;
    if (args.flags.has("json"))
      term.json(isFault(tried) ? { ok: false, ...about(tried) } : { ok: true, ...told(tried) });
    else if (isFault(tried)) term.error(`${term.bad("FAIL")} ${service.id}: ${sayFault(tried)}`);
    else term.line(`${term.good("ok")} ${service.id}: ${sentence(tried)}`);
    return isFault(tried) ? EXIT.fault : EXIT.ok;
  });
}

/** With the variables of this service in place of the general ones. */
function byName({ config }: Run, service: Service, f: Fault): Fault {
  const own = baseUrlVariable(service);
  const set = service.keys.find((env) => config.secret(env) !== undefined);
  const key = set ?? (config.secret("LLM_API_KEY") === undefined ? service.keys[0] : undefined) ?? "LLM_API_KEY";
  const url = config.text(own) === undefined && config.text("LLM_BASE_URL") !== undefined ? "LLM_BASE_URL" : own;
  const next = f.next?.replace("LLM_API_KEY, or the service's own key variable", key).replace("LLM_BASE_URL", url);
  return next === undefined ? f : refault(f, { next });
}

function refuse({ args, term }: Run, f: Fault): number {
  if (args.flags.has("json")) term.json({ ok: false, ...about(f) });
  term.error(sayFault(f));
  return EXIT.usage;
}

function about({ what, next, code }: Fault): object {
  return { what, next, code };
}

async function call(s: Scope, { program, config, version }: Run, choice: ModelChoice): Wait<Tried> {
  const { host } = program;
  const owners = await ownersHttp(s, host, config, version);
  if (isFault(owners)) return owners;
  const { http } = owners;
  const kit = makeProfileKit(s, http, host.clock, [...configSecrets(config)]);
  const profile = openProfile(choice, choice.settings.key, kit);
  if (isFault(profile)) return profile;
  const startMs = host.clock.monoMs();
  const answer = await profile.service.complete(s, testAsk(choice.model), () => undefined);
  await http.close();
  if (isFault(answer)) return answer;
  if (textOf(answer) === "") return withoutContent(choice.title);
  return { title: choice.title, model: choice.model, tookMs: host.clock.monoMs() - startMs, answer };
}

function textOf({ parts }: Answer): string {
  return oneLine(printable(parts.map((p) => (p.kind === "text" ? p.text : "")).join("")), 80);
}

function told({ title, model, tookMs, answer }: Tried): object {
  return { title, model, tookMs: Math.round(tookMs), text: textOf(answer), stop: answer.stop, usage: answer.usage };
}

function sentence({ title, model, tookMs, answer }: Tried): string {
  const { inTokens, outTokens } = answer.usage;
  const which = model === AUTO_MODEL ? "a model that it lists" : model;
  return `${title} with ${which} said "${textOf(answer)}" after ${Math.round(tookMs)} ms (tokens: ${inTokens} in, ${outTokens} out).`;
}
