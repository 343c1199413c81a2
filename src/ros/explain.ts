// What a command or script would do, without a router: the REST calls, the risk, whether
// it writes, which secrets it sets. `mikroclaw explain` prints it; nothing is sent.

import { type Fault, fault, isFault, type Outcome, sayFault } from "../base/fault.ts";
import { percentEncode } from "../base/url.ts";
import type { Risk } from "../port/router.ts";
import type { CommandTree } from "./commands.ts";
import { type Intent, isRead, pickedHere, refuse, type Target } from "./intent.ts";
import { isSecretGiven } from "./mask.ts";
import { type Command, parseCommands } from "./parse.ts";
import { pathOf } from "./path.ts";
import { readCalls } from "./reads.ts";
import { inRelease, type Release, releaseOf, withOlderNames } from "./releases.ts";
import type { RestCall } from "./rest.ts";
import { judge, worst } from "./risk.ts";
import { surveyScript } from "./script.ts";
import { translate } from "./translate.ts";

export interface ExplainedCall {
  readonly method: string;
  /** From `/rest` on. `{.id}` stands for the id of each entry that the call before has found. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
}

export interface Explained {
  /** True when it was understood; `requests` is then all that would be sent. */
  readonly ok: boolean;
  /** Of the first command. */
  readonly menu: string;
  readonly command: string;
  readonly requests: readonly ExplainedCall[];
  readonly risk: Risk;
  readonly writes: boolean | "unknown";
  readonly secretFields: readonly string[];
  readonly notes: readonly string[];
  /** What was not understood, and what to do about it. */
  readonly error?: string;
}

interface Effect {
  risk: Risk;
  writes: boolean | "unknown";
  notes: readonly string[];
}

const READING = /^(print|get|find|monitor|monitor-traffic|export|ping|traceroute|profile|torch|check-for-updates)$/;

type Meant = { readonly c: Command; readonly intent: Outcome<Intent> };

const meantBy = (tree: CommandTree, commands: readonly Command[]): readonly Meant[] =>
  commands.map((c) => ({ c, intent: translate(tree, c) }));

/** What a command does as far as its name and arguments tell, also one that is not translated. */
function effectOf({ c, intent }: Meant): Effect {
  if (c.menu === "/system/script" && c.verb === "run")
    return { risk: "dangerous", writes: "unknown", notes: [`${c.verb} may do anything.`] };
  if (!isFault(intent)) {
    const judged = judge(intent);
    return { ...judged, notes: [...judged.notes, ...pickedHere(intent)], writes: !isRead(intent) };
  }
  const toFile = c.values.has("file") || c.values.has("file-name");
  if (READING.test(c.verb) && !toFile) return { risk: "read", writes: false, notes: [] };
  const values = Object.fromEntries(c.values);
  const judged = judge({
    do: "set",
    menu: pathOf(c.menu, c.verb),
    target: null,
    values,
    unset: c.unset,
  });
  return { ...judged, risk: worst([judged.risk, "dangerous"]), writes: true };
}

const secretsOf = (all: readonly Command[]): string[] =>
  all.flatMap((c) => [...c.values.keys(), ...c.unset].filter((n) => isSecretGiven(c, n, c.values.get(n))));

const FOUND = "{.id}";

/** The ids that a target names, and the call that finds them. */
function entriesOf(menu: string, target: Target): { find: readonly RestCall[]; ids: readonly string[] } {
  if (target.by === "ids") return { find: [], ids: target.ids };
  if (target.by === "names") return { find: [], ids: target.names };
  const find = readCalls({ do: "print", menu, where: target.where, only: null, props: [".id"], shape: "rows" });
  return { find, ids: [FOUND] };
}

function placeOf(menu: string, place: Target | null): { find: readonly RestCall[]; id: string | null } {
  if (place === null) return { find: [], id: null };
  const { find, ids } = entriesOf(menu, place);
  return { find, id: ids[0] ?? null };
}

/** An id stands in a path as it is, a name encoded: `/file/flash%2Fx.rsc`. */
const rowPath = (menu: string, id: string): string =>
  `${menu}/${id === FOUND || id.startsWith("*") ? id : percentEncode(id)}`;

function setCalls(i: Extract<Intent, { do: "set" }>): readonly RestCall[] {
  const body = { ...i.values, ...Object.fromEntries(i.unset.map((name) => [`!${name}`, ""])) };
  if (i.target === null) return [{ method: "POST", path: `${i.menu}/set`, body }];
  const { find, ids } = entriesOf(i.menu, i.target);
  return [...find, ...ids.map((id): RestCall => ({ method: "PATCH", path: rowPath(i.menu, id), body }))];
}

/** The calls of a change whose rows nobody has looked up. */
function callsOf(i: Intent): readonly RestCall[] {
  const looksFirst = i.do === "act" && i.target?.by === "find";
  if ((isRead(i) && !looksFirst) || i.do === "print") return readCalls(i);
  if (i.do === "set") return setCalls(i);
  if (i.do === "add") {
    const { find, id } = placeOf(i.menu, i.before);
    const body = id === null ? i.values : { ...i.values, "place-before": id };
    return [...find, { method: "PUT", path: i.menu, body }];
  }
  const { find, ids } = entriesOf(i.menu, i.target ?? { by: "ids", ids: [] });
  if (i.do === "remove")
    return [...find, ...ids.map((id): RestCall => ({ method: "DELETE", path: rowPath(i.menu, id) }))];
  const numbers = ids.join(",");
  const rows: Record<string, string> = i.do !== "act" || i.target === null ? {} : { [i.rows]: numbers };
  if (i.do === "act") return [...find, { method: "POST", path: `${i.menu}/${i.verb}`, body: { ...i.body, ...rows } }];
  const place = placeOf(i.menu, i.before);
  const body: Record<string, string> = { ".id": numbers, ...(place.id === null ? {} : { destination: place.id }) };
  return [...find, ...place.find, { method: "POST", path: `${i.menu}/move`, body }];
}

function shownCall(call: RestCall): ExplainedCall {
  return {
    method: call.method,
    path: `/rest${call.path}`,
    ...(call.query === undefined || Object.keys(call.query).length === 0 ? {} : { query: call.query }),
    ...(call.body === undefined ? {} : { body: call.body }),
  };
}

/** Something of both that is not known stays unknown, unless the other surely writes. */
function bothWrite(all: readonly (boolean | "unknown")[]): boolean | "unknown" {
  if (all.includes(true)) return true;
  return all.includes("unknown") ? "unknown" : false;
}

type Told = Omit<Explained, "ok" | "requests">;

function together(commands: readonly Command[], effects: readonly Effect[], more: readonly string[] = []): Told {
  return {
    menu: commands[0]?.menu ?? "/",
    command: commands[0]?.verb ?? "",
    risk: worst(effects.map((e) => e.risk)),
    writes: bothWrite(effects.map((e) => e.writes)),
    secretFields: [...new Set([...secretsOf(commands), ...more])],
    notes: [...new Set(effects.flatMap((e) => e.notes))],
  };
}

/** A text that was not understood: nothing is known of it, which is not harmless. */
export function notUnderstood(why: Fault): Explained {
  return {
    ok: false,
    menu: "",
    command: "",
    requests: [],
    risk: "dangerous",
    writes: "unknown",
    secretFields: [],
    notes: [],
    error: sayFault(why),
  };
}

/** A command's names, without any value. */
const namesOf = (c: Command): string => [`${c.menu}/${c.verb}`, ...c.values.keys(), ...c.finds.keys()].join(" ");

/** The refusal of the first command that a release calls otherwise; null: none is. */
function otherName(typed: readonly Command[], known: readonly Command[]): Fault | null {
  const other = known.find((c, i) => namesOf(c) !== namesOf(typed[i] ?? c));
  return other === undefined ? null : refuse(`This release calls it ${namesOf(other)}.`, "Write it with that name.");
}

/** `why`: what kept it from being plain commands. */
function explainScript(tree: CommandTree, text: string, why: Fault, release: Release | null): Explained {
  const survey = surveyScript(tree, text);
  if (isFault(survey)) return notUnderstood(why.code === "syntax" ? why : survey);
  if (survey.isEmpty || (survey.isPlain && why.code === "syntax")) return notUnderstood(why);
  const known = inRelease(tree, release, survey.commands);
  if (isFault(known)) return notUnderstood(known);
  const other = otherName(survey.commands, known);
  if (other !== null) return notUnderstood(other);
  const effects = meantBy(tree, survey.commands).map(effectOf);
  if (survey.globals.length > 0)
    effects.push({
      risk: survey.globals.includes("password") ? "lifeline" : "dangerous",
      writes: true,
      notes: [`It uses ${survey.globals.join(", ")}.`],
    });
  if (survey.open.length > 0)
    effects.push({
      risk: "dangerous",
      writes: "unknown",
      notes: [`Not all it does can be known: ${survey.open.join("; ")}.`],
    });
  const notes = ["A script is sent whole and run by the router; what it changes cannot be shown entry by entry."];
  if (survey.globals.includes("show-sensitive") || survey.commands.some((c) => c.switches.has("show-sensitive")))
    return notUnderstood(
      fault("denied", "Secrets are never shown here.", { next: "Look at them in the router's own terminal." }),
    );
  const all = together(survey.commands, [...effects, { risk: "read", writes: false, notes }], survey.secrets);
  const request: ExplainedCall = { method: "POST", path: "/rest/execute", body: { script: text, "as-string": "" } };
  return { ok: true, ...all, menu: "/", command: "execute", requests: [request] };
}

/** What has become of a text that an older release would have taken; null: none would. */
function lostSince(newest: CommandTree, text: string): Fault | null {
  const typed = parseCommands(withOlderNames(newest), text);
  if (isFault(typed)) return null;
  const release = releaseOf(newest, newest.version);
  const known = isFault(release) ? release : inRelease(newest, release, typed);
  return isFault(known) ? known : otherName(typed, known);
}

/** Explains console text of one or several commands, or a script; `release` null: the tree's own. */
export function explain(newest: CommandTree, text: string, release: Release | null = null): Explained {
  const tree = release === null ? newest : withOlderNames(newest);
  const typed = parseCommands(tree, text);
  if (isFault(typed)) {
    const gone = release === null ? lostSince(newest, text) : null;
    return gone === null ? explainScript(tree, text, typed, release) : notUnderstood(gone);
  }
  // The language's own commands, and texts that only a console makes.
  const own = typed.find((c) => c.menu === "/" || c.verb === "export");
  if (own !== undefined && own.verb !== "quit")
    return explainScript(tree, text, refuse(`${own.verb} is a command of the console.`), release);
  const commands = inRelease(newest, release, typed);
  if (isFault(commands))
    return {
      ...together(typed, meantBy(tree, typed).map(effectOf)),
      ok: false,
      requests: [],
      error: sayFault(commands),
    };
  const meant = meantBy(tree, commands);
  const all = together(commands, meant.map(effectOf));
  const requests: ExplainedCall[] = [];
  for (const { intent } of meant) {
    if (isFault(intent)) return { ok: false, ...all, requests: [], error: sayFault(intent) };
    requests.push(...callsOf(intent).map(shownCall));
  }
  return { ok: true, ...all, requests };
}
