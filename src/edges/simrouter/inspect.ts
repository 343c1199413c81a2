// /console/inspect: the router's description of itself, as much of it as clients use to
// ask which commands and arguments there are (requests `child`, `self` and `syntax`).

import type { Outcome } from "../../base/fault.ts";
import type { CommandTree, Field, Menu } from "../../ros/commands.ts";
import { type Body, type Done, done } from "./common.ts";
import { noMatch } from "./errors.ts";

type Node = Record<string, string>;

interface Place {
  path: string;
  menu: Menu | null;
  command: string | null;
}

function find(tree: CommandTree, path: string): Place | null {
  const words = path
    .split(",")
    .map((w) => w.trim())
    .filter((w) => w !== "");
  const whole = `/${words.join("/")}`;
  if (tree.has(whole)) return { path: whole, menu: tree.menu(whole), command: null };
  const command = words.at(-1) ?? "";
  const above = `/${words.slice(0, -1).join("/")}`;
  const menu = tree.menu(above);
  return menu?.commands.includes(command) === true ? { path: above, menu, command } : null;
}

const node = (type: string, name: string, kind: string): Node => ({ type, name, "node-type": kind });

function children(tree: CommandTree, place: Place): Node[] {
  if (place.command !== null) {
    const args = place.menu?.args(place.command) ?? [];
    return [node("self", place.command, "cmd"), ...args.map((a) => node("child", a.name, "arg"))];
  }
  const own = place.path.slice(place.path.lastIndexOf("/") + 1);
  const menus = tree.children(place.path).map((name) => node("child", name, "dir"));
  const commands = (place.menu?.commands ?? []).map((name) => node("child", name, "cmd"));
  return [node("self", own, place.path === "/" ? "dir" : "path"), ...menus, ...commands];
}

function symbol(name: string, text: string): Node {
  return { type: "syntax", symbol: name, "symbol-type": "explanation", nested: "0", nonorm: "false", text };
}

const explain = (f: Field): string =>
  f.enum?.join("|") ?? [f.range, f.type].filter((t) => t !== undefined && t !== "").join(" ");

/** Answers one request; an unknown path has no nodes, as on a router. */
export function inspect(tree: CommandTree, body: Body): Outcome<Done> {
  const request = body.given.get("request") ?? "";
  if (!["self", "child", "syntax", "completion", "highlight", "error"].includes(request)) return noMatch("request");
  const place = find(tree, body.given.get("path") ?? "");
  if (place === null) return done([]);
  const nodes = children(tree, place);
  if (request === "self") return done(nodes.slice(0, 1));
  if (request === "child") return done(nodes);
  if (request === "completion") {
    return done(
      nodes.slice(1).map((n) => ({
        type: "completion",
        completion: n["name"],
        style: n["node-type"],
        offset: "0",
        preference: "80",
        show: "true",
        text: "",
      })),
    );
  }
  if (request !== "syntax" || place.command === null) return done([]);
  return done((place.menu?.args(place.command) ?? []).map((f) => symbol(f.name, explain(f))));
}
