// From an HTTP method and a path to a command of a menu, and what may go wrong between
// them: unknown words, records that are not there, menus without records. Statuses and
// texts as the manual's REST API page and published replies of routers have them.

import { isFault, type Outcome } from "../../base/fault.ts";
import type { CommandTree, Menu } from "../../ros/commands.ts";
import { readQuery } from "./body.ts";
import { type Body, list, policyFor, type Runs, runCommon } from "./common.ts";
import { badId, noPermission, notThere, refuse } from "./errors.ts";
import { matchesAll } from "./query.ts";
import { choose, record, singleRecord } from "./record.ts";
import type { Row } from "./rows.ts";
import { runTool } from "./tools.ts";
import { isTypeRefusal } from "./values.ts";
import { type Actor, add, remove, rowNamed, set } from "./verbs.ts";
import type { World } from "./world.ts";

export interface Question {
  method: string;
  /** Decoded, begins with /rest. */
  path: string;
  query: string;
  body: Body;
}

export interface Answer {
  status: number;
  /** Undefined: an empty body. */
  value?: unknown;
  location?: string;
  tookMs: number;
  runs?: Runs;
}

interface Place {
  menu: Menu;
  /** What follows the menu: a record or a command. */
  rest: string;
}

/** The longest known menu, and the words after it. Names may hold a slash. */
function locate(tree: CommandTree, path: string): Outcome<Place> {
  const words = path
    .split("/")
    .slice(2)
    .filter((w) => w !== "");
  const first = words[0];
  const root = tree.menu("/");
  if (first === undefined || root === null) return refuse(400, "no such command");
  if (root.commands.includes(first)) return { menu: root, rest: words.join("/") };
  if (!tree.has(`/${first}`)) return refuse(400, "no such command prefix");
  let depth = 1;
  while (depth < words.length && tree.has(`/${words.slice(0, depth + 1).join("/")}`)) depth += 1;
  const menu = tree.menu(`/${words.slice(0, depth).join("/")}`);
  if (menu === null) return words[depth] === undefined ? refuse(400, "no such command") : notThere(words[depth] ?? "");
  return { menu, rest: words.slice(depth).join("/") };
}

/** One record: 404 for an unknown id, the router's text for an unknown name. */
function target(world: World, menu: Menu, name: string): Outcome<Row> {
  const row = rowNamed(world, menu.path, name);
  if (row !== undefined) return row;
  return name.startsWith("*") ? refuse(404) : notThere(name);
}

function read(world: World, actor: Actor, place: Place, question: Question): Outcome<Answer> {
  const { menu, rest } = place;
  if (menu.commands.includes(rest)) return refuse(400, "no such command");
  if (!menu.commands.includes("print"))
    return rest === "" ? refuse(400, "no such command") : notThere(rest.split("/")[0] ?? "");
  if (!actor.can("read")) return noPermission();
  const asked = readQuery(question.query);
  if (isFault(asked)) return asked;
  const sensitive = actor.can("sensitive");
  if (!menu.list) {
    if (rest !== "") return notThere(rest);
    return { status: 200, value: choose(singleRecord(world, menu.path, sensitive), asked.proplist, false), tookMs: 0 };
  }
  if (rest !== "") {
    const row = target(world, menu, rest);
    if (isFault(row)) return row;
    return { status: 200, value: choose(record(world, menu.path, row, sensitive), asked.proplist, true), tookMs: 0 };
  }
  const rows = list(world, actor, menu.path, (shown) => matchesAll(shown, asked.wanted), asked.proplist);
  return isFault(rows) ? rows : { status: 200, value: rows, tookMs: 0 };
}

function create(world: World, actor: Actor, place: Place, body: Body): Outcome<Answer> {
  const { menu, rest } = place;
  if (rest !== "") return notThere(rest);
  if (!menu.commands.includes("add")) return notThere("add");
  if (!actor.can(policyFor(menu.path, "add"))) return noPermission();
  const row = add(world, actor, menu, body.given);
  if (isFault(row)) return row;
  const value = choose(record(world, menu.path, row, actor.can("sensitive")), body.proplist, true);
  return { status: 201, value, location: `/rest${menu.path}/${row.id}`, tookMs: 0 };
}

function change(world: World, actor: Actor, place: Place, body: Body): Outcome<Answer> {
  const { menu, rest } = place;
  if (rest === "" || !menu.list || !menu.commands.includes("set")) return badId();
  if (!actor.can(policyFor(menu.path, "set"))) return badId();
  const row = target(world, menu, rest);
  if (isFault(row)) return row;
  const refused = set(world, actor, menu, [row], new Map([...body.given].filter(([key]) => key !== ".id")));
  // A value of the wrong type is hidden behind the identifier; POST set tells the reason.
  if (refused !== null) return isTypeRefusal(refused) ? badId() : refused;
  const value = choose(record(world, menu.path, row, actor.can("sensitive")), body.proplist, true);
  return { status: 200, value, tookMs: 0 };
}

function erase(world: World, actor: Actor, place: Place): Outcome<Answer> {
  const { menu, rest } = place;
  if (rest === "" || !menu.list || !menu.commands.includes("remove")) return badId();
  if (!actor.can(policyFor(menu.path, "remove"))) return badId();
  const row = target(world, menu, rest);
  if (isFault(row)) return row;
  // Whatever keeps the row, DELETE says only this; POST remove tells the reason.
  return remove(world, actor, menu, [row]) === null ? { status: 204, tookMs: 0 } : badId();
}

function command(world: World, actor: Actor, place: Place, body: Body): Outcome<Answer> {
  const { menu, rest } = place;
  if (rest === "") return refuse(400, "no such command");
  if (!menu.commands.includes(rest))
    return rest.includes("/") ? notThere(rest.split("/")[0] ?? "") : refuse(400, "no such command");
  const made = runCommon(world, actor, menu, rest, body) ?? runTool(world, actor, menu, rest, body);
  return isFault(made) ? made : { status: 200, ...made };
}

/** Answers one request of a user who is in. */
export function answer(world: World, actor: Actor, question: Question): Outcome<Answer> {
  const place = locate(world.tree, question.path);
  if (isFault(place)) return place;
  switch (question.method) {
    case "GET":
      return read(world, actor, place, question);
    case "PUT":
      return create(world, actor, place, question.body);
    case "PATCH":
      return change(world, actor, place, question.body);
    case "DELETE":
      return erase(world, actor, place);
    case "POST":
      return command(world, actor, place, question.body);
    default:
      return refuse(400, "no such command");
  }
}
