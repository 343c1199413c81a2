// Tables that must agree: a catalogue line with its file, and the ABI's numbers in
// TypeScript with those in C.

import { existsSync, readFileSync } from "node:fs";
import ts from "typescript6";
import { type Rule, type SourceFile, symbolOf, type Tree, walk } from "./rule.ts";

/** The object literal that a constant holds, through `as const` and `satisfies`. */
function objectOf(tree: Tree, name: ts.Node): ts.ObjectLiteralExpression | null {
  const declared = symbolOf(tree, name)?.declarations?.[0];
  if (declared === undefined || !ts.isVariableDeclaration(declared)) return null;
  let value = declared.initializer;
  while (value !== undefined && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
  return value !== undefined && ts.isObjectLiteralExpression(value) ? value : null;
}

/** The text of a constant's `id`, or else of its `name`. */
function idOf(tree: Tree, name: ts.Node): string | null {
  const properties = [...(objectOf(tree, name)?.properties ?? [])].filter(ts.isPropertyAssignment);
  const textOf = (key: string): string | undefined => {
    const value = properties.find((p) => p.name.getText() === key)?.initializer;
    return value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined;
  };
  return textOf("id") ?? textOf("name") ?? null;
}

const plain = (name: string): string => name.replaceAll("_", "-").toLowerCase();
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A function that makes one (a store has no id of its own) goes by its name. */
function makerName(tree: Tree, name: ts.ModuleExportName): string | null {
  const declared = symbolOf(tree, name)?.declarations?.[0];
  if (declared === undefined) return null;
  return tree.checker.getTypeAtLocation(declared).getCallSignatures().length > 0 ? kebab(name.text) : null;
}

/** What is wrong with one statement of a catalogue, or null. */
function judgeLine(tree: Tree, statement: ts.Statement): string | null {
  const isLine = ts.isExportDeclaration(statement) && statement.exportClause !== undefined;
  const from = isLine ? statement.moduleSpecifier : undefined;
  if (!isLine || from === undefined || !ts.isStringLiteral(from) || !ts.isNamedExports(statement.exportClause)) {
    return 'a catalogue holds only lines like `export { x } from "…/x.ts"`';
  }
  const [only, ...others] = statement.exportClause.elements;
  if (only === undefined || others.length > 0) return "one constant a line, one line a file";
  const id = idOf(tree, only.name) ?? makerName(tree, only.name);
  const file = from.text.replace(/^.*\//, "").replace(/\.ts$/, "");
  if (id === null)
    return `${only.name.text} must be exported there, and be an object that says its id (or name) as a text`;
  return plain(id) === plain(file) ? null : `its id is "${id}" and its file ${file}.ts: give both the same name`;
}

const catalog: Rule = {
  name: "catalog",
  run(tree, say) {
    for (const file of tree.files.filter((f) => f.path.startsWith("src/app/catalog/"))) {
      for (const statement of file.node.statements) {
        const why = judgeLine(tree, statement);
        if (why !== null) say(file, statement, why);
      }
    }
  },
};

const ABI = "src/port/abi.ts";
const HOST_H = "src/host/native/host.h";

/** `SYNC`, `OP` and `CODE` of port/abi.ts as "OP_READ" to its number. */
function numbersIn(file: SourceFile): Map<string, number> {
  const found = new Map<string, number>();
  walk(file.node, (node) => {
    if (!ts.isVariableDeclaration(node) || !["SYNC", "OP", "CODE"].includes(node.name.getText())) return;
    walk(node, (entry) => {
      if (!ts.isPropertyAssignment(entry)) return;
      found.set(`${node.name.getText()}_${entry.name.getText()}`, Number(entry.initializer.getText()));
    });
  });
  return found;
}

/** The same names in C, as `#define OP_READ 38` or `OP_READ = 38`. */
export function numbersInC(text: string): Map<string, number> {
  const matches = text.matchAll(/\b((?:SYNC|OP|CODE)_[A-Z0-9_]+)(?:\s*=\s*|[ \t]+)(\d+)\b/g);
  return new Map([...matches].map((m) => [m[1] ?? "", Number(m[2])]));
}

/** Names whose numbers differ or that one side lacks, each as a sentence. */
export function compareTables(ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): string[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return names
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${name} is ${ours.get(name) ?? "missing"} here and ${theirs.get(name) ?? "missing"} in ${HOST_H}`);
}

const abi: Rule = {
  name: "abi",
  run(tree, say) {
    const file = tree.files.find((f) => f.path === ABI);
    if (file === undefined || !existsSync(`${tree.root}/${HOST_H}`)) return;
    const theirs = numbersInC(readFileSync(`${tree.root}/${HOST_H}`, "utf8"));
    for (const difference of compareTables(numbersIn(file), theirs)) say(file, 1, difference);
  },
};

export const tables: readonly Rule[] = [catalog, abi];
