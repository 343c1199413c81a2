// The script language's own commands that only compute: len, pick, find, conversions.
// Facts: MikroTik manual, Scripting (global commands).

import { isFault, type Outcome } from "../../../base/fault.ts";
import { parseRosDuration, rosDuration } from "../../../base/time.ts";
import { mix } from "../chance.ts";
import { nameServer } from "../links.ts";
import { lookUp } from "../ping.ts";
import { routerReach } from "../reach.ts";
import type { World } from "../world.ts";
import type { Value } from "./code.ts";
import { readScript } from "./read.ts";
import { failure } from "./run-types.ts";
import { bool, listOf, literal, NIL, NOTHING_AT_ALL, num, numberOf, str, textOf, truth } from "./values.ts";

type Word = (given: readonly Value[], named: ReadonlyMap<string, Value>, world: World) => Outcome<Value>;

const first = (given: readonly Value[]): Value => given[0] ?? NOTHING_AT_ALL;

const len: Word = (given) => {
  const of = first(given);
  return num(of.is === "array" ? of.items.length : textOf(of).length);
};

/** `:pick "text" from to` */
const pick: Word = (given) => {
  const of = first(given);
  const from = numberOf(given[1] ?? num(0)) ?? 0;
  const to = given[2] === undefined ? from + 1 : (numberOf(given[2]) ?? from + 1);
  if (of.is !== "array") return str(textOf(of).slice(from, to));
  return given[2] === undefined
    ? (of.items[from]?.[1] ?? NOTHING_AT_ALL)
    : { is: "array", items: of.items.slice(from, to) };
};

/** `:find "text" "part" after`: the place, or nil. */
const find: Word = (given) => {
  const of = first(given);
  const wanted = textOf(given[1] ?? NOTHING_AT_ALL);
  const after = numberOf(given[2] ?? num(-1)) ?? -1;
  const at =
    of.is === "array"
      ? of.items.findIndex(([, v], i) => i > after && textOf(v) === wanted)
      : textOf(of).indexOf(wanted, after + 1);
  return at < 0 ? NIL : num(at);
};

const tonum: Word = (given) => {
  const n = numberOf(first(given));
  return n === null ? NIL : num(n);
};

const totime: Word = (given) => {
  const text = textOf(first(given));
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseRosDuration(text);
  return isFault(ms) ? NIL : { is: "time", text: rosDuration(ms) };
};

const toarray: Word = (given) => {
  const of = first(given);
  if (of.is === "array") return of;
  const text = textOf(of);
  return listOf(text === "" ? [] : text.split(/[,;]/).map(literal));
};

const tobool: Word = (given) => {
  const of = first(given);
  return bool(truth(of) || (numberOf(of) ?? 0) !== 0);
};

/** A conversion that fits only texts of one kind. */
const only =
  (kind: string): Word =>
  (given) => {
    const made = literal(textOf(first(given)));
    return made.is === kind ? made : NIL;
  };

const resolve: Word = (given, named, world) => {
  const name = textOf(given[0] ?? named.get("domain-name") ?? NOTHING_AT_ALL);
  const asked = nameServer(world);
  const verdict = routerReach(world, { address: asked ?? "", protocol: "udp", port: 53 });
  const address = asked !== undefined && verdict.reach === "ok" ? lookUp(world, name) : null;
  return address === null ? failure("failure: dns name does not exist") : literal(address);
};

const rndnum: Word = (given, named, world) => {
  const low = numberOf(named.get("from") ?? given[0] ?? num(0)) ?? 0;
  const high = numberOf(named.get("to") ?? given[1] ?? num(0)) ?? low;
  return num(low + (mix(world.seed, `rndnum${world.clock.monoMs()}`) % Math.max(1, high - low + 1)));
};

/** A made-up text that belongs to the seed and the moment. */
const rndstr: Word = (given, named, world) => {
  const length = numberOf(named.get("length") ?? given[0] ?? num(16)) ?? 16;
  const from = textOf(named.get("from") ?? given[1] ?? str("0123456789abcdef"));
  const at = (i: number): number => mix(world.seed, `rndstr${world.clock.monoMs()}/${i}`) % Math.max(1, from.length);
  return str(Array.from({ length: Math.max(0, length) }, (_, i) => from.charAt(at(i))).join(""));
};

/** A text as code. */
const parse: Word = (given, named, world) => {
  const block = readScript(world.tree, textOf(named.get("value") ?? first(given)));
  return isFault(block) ? block : { is: "code", body: block };
};

export const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ["len", len],
  ["pick", pick],
  ["find", find],
  ["typeof", (given) => str(first(given).is)],
  ["tostr", (given) => str(textOf(first(given)))],
  ["tonum", tonum],
  ["totime", totime],
  ["toarray", toarray],
  ["tobool", tobool],
  ["toip", only("ip")],
  ["toid", only("id")],
  ["resolve", resolve],
  ["rndnum", rndnum],
  ["rndstr", rndstr],
  ["parse", parse],
  ["nothing", () => NOTHING_AT_ALL],
  ["timestamp", (_given, _named, world) => ({ is: "time", text: rosDuration(world.clock.wallMs()) })],
]);
