// Parses a repository and lets every rule look at it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import ts from "typescript6";
import { engine } from "./engine.ts";
import { forms } from "./forms.ts";
import { layers } from "./layers.ts";
import { type Finding, lineOf, type Rule, type SourceFile, type Tree } from "./rule.ts";
import { sizes } from "./sizes.ts";
import { tables } from "./tables.ts";
import { values } from "./values.ts";

const RULES: readonly Rule[] = [layers, sizes, ...forms, ...engine, ...values, ...tables];

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
};

function filesIn(root: string, folder: string): string[] {
  if (!existsSync(`${root}/${folder}`)) return [];
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}

/** Files of src by the checker's program, the others parsed by themselves. */
function load(root: string): Tree {
  const sources = filesIn(root, "src");
  const program = ts.createProgram(
    sources.map((path) => `${root}/${path}`),
    OPTIONS,
  );
  const typed = sources.map((path) => asFile(path, program.getSourceFile(`${root}/${path}`)));
  const others = [...filesIn(root, "scripts"), ...filesIn(root, "test")].map((path) => {
    const text = readFileSync(`${root}/${path}`, "utf8");
    return asFile(path, ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  });
  return { root, files: [...typed, ...others], checker: program.getTypeChecker() };
}

function asFile(path: string, node: ts.SourceFile | undefined): SourceFile {
  if (node === undefined) throw new Error(`${path} could not be read`);
  return { path, node, text: node.text };
}

/** Everything that the rules find in the repository at `root`, by file and line. */
export function tidy(root: string): Finding[] {
  const tree = load(root);
  const found: Finding[] = [];
  for (const rule of RULES) {
    rule.run(tree, (file, at, message) => {
      const line = typeof at === "number" ? at : lineOf(file, at);
      found.push({ file: file.path, line, rule: rule.name, message });
    });
  }
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** One finding as a line for people and editors. */
export function sayFinding(f: Finding): string {
  return `${f.file}:${f.line} ${f.rule} ${f.message}`;
}
