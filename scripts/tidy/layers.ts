// Imports point down. The layer of a file is its folder; there is no exception list.
// base <- port <- net <- ros <- core; edges/* beside core; both <- app <- cli.
// host/node and host/sim see base and the ABI's table only.

import { dirname, join } from "node:path";
import ts from "typescript6";
import { inSrc, type Rule, type SourceFile, walk } from "./rule.ts";

const LOW = ["base", "port", "net", "ros"];

/** What each layer may import besides itself. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  base: [],
  port: ["base"],
  net: ["base", "port"],
  ros: ["base", "port", "net"],
  core: LOW,
  edges: LOW,
  app: [...LOW, "core", "edges"],
  cli: [...LOW, "core", "edges", "app"],
  host: ["base"],
};

interface Place {
  layer: string;
  /** The folder within edges or host, where neighbours do not see each other. */
  part: string;
}

function placeOf(path: string): Place | null {
  const [src, layer, part] = path.split("/");
  if (src !== "src" || layer === undefined || BELOW[layer] === undefined) return null;
  return { layer, part: layer === "edges" || layer === "host" ? (part ?? "") : "" };
}

/** Why a file may not import another, or null. */
export function judgeImport(from: string, to: string): string | null {
  const here = placeOf(from);
  const there = placeOf(to);
  if (here === null) return `${from} is in no layer: move it to base, port, net, ros, core, edges, app, cli or host`;
  if (there === null) return `${to} is in no layer of src: import nothing from outside src`;
  if (here.layer === there.layer) {
    if (here.part === there.part) return null;
    return `${here.layer}/${here.part} may not know ${there.layer}/${there.part}: meet in a port, or in app/wire.ts`;
  }
  if (here.layer === "host") {
    if (there.layer === "base" || to === "src/port/abi.ts") return null;
    return "a host knows only base and port/abi.ts: move what it needs there, or above the bridge";
  }
  if (BELOW[here.layer]?.includes(there.layer) === true) return null;
  return `${here.layer} may not import ${there.layer}: imports point down; take it as an argument through a port`;
}

/** Why a file may not import a package, or null. */
export function judgePackage(from: string, name: string): string | null {
  if (name.startsWith("gen:")) return null;
  const nodeHost = from.startsWith("src/host/node/");
  if (name.startsWith("node:")) return nodeHost ? null : "only src/host/node has Node: take a Host";
  if (name.startsWith("quickjs-emscripten")) return nodeHost ? null : "only src/host/node knows its engine";
  if (name === "zod") return 'write `import * as z from "zod/mini"`: full zod is 90 KB in the bundle';
  return null;
}

interface Import {
  name: string;
  at: ts.Node;
}

/** Every import of a file: static, re-export, dynamic, and of a type. */
function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  const add = (at: ts.Node, from: ts.Node | undefined): void => {
    if (from !== undefined && ts.isStringLiteralLike(from)) found.push({ name: from.text, at });
  };
  walk(file.node, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node, node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node, node.arguments[0]);
  });
  return found;
}

export const layers: Rule = {
  name: "layers",
  run(tree, say) {
    for (const file of tree.files.filter((f) => inSrc(f.path))) {
      for (const { name, at } of importsOf(file)) {
        const why = name.startsWith(".")
          ? judgeImport(file.path, join(dirname(file.path), name))
          : judgePackage(file.path, name);
        if (why !== null) say(file, at, why);
      }
    }
  },
};
