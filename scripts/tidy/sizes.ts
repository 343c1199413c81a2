// A file has at most 250 lines and a function at most 60, not counting those of functions
// written inside it, which are judged themselves (makeX holds its methods as a class would).
// Exceptions stand in tidy-ratchet.json ("path" or "path#function" to lines) and may only
// shrink: one that is larger than needed, or that the last commit had not, is a finding.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import ts from "typescript6";
import { lineOf, type Rule, type SourceFile, walk } from "./rule.ts";

const FILE_LINES_MAX = 250;
const FUNCTION_LINES_MAX = 60;
const RATCHET = "scripts/tidy-ratchet.json";

export type Ratchet = Readonly<Record<string, number>>;

interface Size {
  key: string;
  file: SourceFile;
  line: number;
  lines: number;
  max: number;
}

function parseRatchet(text: string): Ratchet {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) throw new Error(`${RATCHET} must hold one object`);
  const entries = Object.entries(parsed);
  if (entries.some(([, lines]) => !Number.isInteger(lines)))
    throw new Error(`${RATCHET} maps names to numbers of lines`);
  return Object.fromEntries(entries) as Ratchet;
}

/** Exceptions that are new or larger than they were. */
export function grown(before: Ratchet, now: Ratchet): string[] {
  return Object.keys(now).filter((key) => (now[key] ?? 0) > (before[key] ?? 0));
}

/** The ratchet of the commit before, or null where there is none to compare with. */
function committed(root: string): Ratchet | null {
  for (const commit of ["HEAD~1", "HEAD"]) {
    const git = spawnSync("git", ["show", `${commit}:${RATCHET}`], { cwd: root, encoding: "utf8" });
    if (git.status === 0) return parseRatchet(git.stdout);
  }
  return null;
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return "anonymous";
}

/** A function's lines from its name to its closing brace, without the insides of functions in it. */
function ownLines(file: SourceFile, node: ts.FunctionLikeDeclaration): number {
  const lineAt = (at: number): number => file.node.getLineAndCharacterOfPosition(at).line;
  const span = (n: ts.Node): number => lineAt(n.end) - lineAt(n.getStart(file.node));
  let lines = span(node) + 1;
  const subtract = (n: ts.Node): void => {
    if (isFunction(n)) lines -= span(n);
    else ts.forEachChild(n, subtract);
  };
  ts.forEachChild(node, subtract);
  return lines;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

function sizesOf(file: SourceFile): Size[] {
  const lines = file.text.replace(/\n$/, "").split("\n").length;
  const found: Size[] = [{ key: file.path, file, line: 1, lines, max: FILE_LINES_MAX }];
  walk(file.node, (node) => {
    if (!isFunction(node)) return;
    const key = `${file.path}#${nameOf(node)}`;
    found.push({ key, file, line: lineOf(file, node), lines: ownLines(file, node), max: FUNCTION_LINES_MAX });
  });
  return found;
}

/** What to say of one size, or null. */
export function judgeSize(lines: number, max: number, allowed: number | undefined): string | null {
  if (allowed === undefined) return lines > max ? `has ${lines} lines, more than ${max}: split it by purpose` : null;
  if (lines <= max) return `has ${lines} lines: remove its exception from ${RATCHET}`;
  if (lines > allowed) return `has ${lines} lines, more than its exception of ${allowed}: make it shorter`;
  return lines < allowed ? `has only ${lines} lines now: lower its exception in ${RATCHET} to that` : null;
}

export const sizes: Rule = {
  name: "sizes",
  run(tree, say) {
    const path = `${tree.root}/${RATCHET}`;
    const ratchet = existsSync(path) ? parseRatchet(readFileSync(path, "utf8")) : {};
    const all = tree.files.filter((f) => !f.path.startsWith("test/")).flatMap(sizesOf);
    for (const size of all) {
      const what = size.key.split("#")[1] ?? "the file";
      const why = judgeSize(size.lines, size.max, ratchet[size.key]);
      if (why !== null) say(size.file, size.line, `${what} ${why}`);
    }
    const first = tree.files[0];
    if (first === undefined) return;
    const keys = new Set(all.map((size) => size.key));
    for (const key of Object.keys(ratchet).filter((k) => !keys.has(k))) {
      say(first, 1, `${RATCHET} names ${key}, which is gone: remove it`);
    }
    const before = committed(tree.root);
    if (before === null) return;
    for (const key of grown(before, ratchet)) say(first, 1, `${RATCHET}: ${key} grew; exceptions only shrink`);
  },
};
