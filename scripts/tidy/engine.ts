// What the router's engine lacks or does otherwise, where neither the library es2023 nor
// the bundle's check of free names can see it; and what must come from the host instead.
// QuickJS 2025-04-26 has no Intl, no `v` flag, no pattern modifiers; time and chance are arguments.

import ts from "typescript6";
import { forEngine, nodeRule, type Rule, type Tree } from "./rule.ts";

const GLOBALS: ReadonlyMap<string, string> = new Map([
  ["Intl", "format by hand: base/time.ts, base/text.ts"],
  ["Atomics", "Node's QuickJS has none"],
  ["SharedArrayBuffer", "use Uint8Array"],
  ["WebAssembly", "no engine of a router has it"],
  ["eval", "the context is made without eval"],
  ["Function", "the context is made without eval; for a type write its signature"],
  ["globalThis", "only the bundle's entry in cli/ touches the global"],
]);

const MEMBERS: ReadonlyMap<string, string> = new Map([
  ["toLocaleString", "it ignores the locale: format by hand"],
  ["toLocaleDateString", "it ignores the locale: base/time.ts"],
  ["toLocaleTimeString", "it ignores the locale: base/time.ts"],
  ["toLocaleUpperCase", "write toUpperCase()"],
  ["toLocaleLowerCase", "write toLowerCase()"],
  ["localeCompare", "it ignores the locale: compare with < and >"],
]);

// zod/mini functions that answer "invalid" for valid input on a bare engine (they want URL,
// atob or File), and those that pull all of zod in.
const ZOD = new Set(["url", "httpUrl", "ipv6", "cidrv6", "base64", "base64url", "jwt", "file"]);
const ZOD_HEAVY = new Set(["locales", "toJSONSchema", "fromJSONSchema"]);

/** Whether the name is used for its value: it names no declaration, no property, no type. */
function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return false;
  if ("propertyName" in parent && parent.propertyName === node) return false;
  return !("name" in parent && parent.name === node);
}

/** Whether the name is the language's own, not one of ours that happens to be called so. */
function isGlobal(tree: Tree, node: ts.Identifier): boolean {
  const declared = tree.checker.getSymbolAtLocation(node)?.declarations ?? [];
  return declared.every((d) => d.getSourceFile().isDeclarationFile);
}

const globals = nodeRule("engine", forEngine, (node, file, say, tree) => {
  if (!ts.isIdentifier(node)) return;
  const why = GLOBALS.get(node.text);
  if (why === undefined || (node.text === "globalThis" && file.path.startsWith("src/cli/"))) return;
  if (isValueUse(node) && isGlobal(tree, node)) say(node, `no ${node.text}: ${why}`);
});

const members = nodeRule("engine", forEngine, (node, _file, say) => {
  if (!ts.isPropertyAccessExpression(node)) return;
  const why = MEMBERS.get(node.name.text);
  if (why !== undefined) say(node.name, `no ${node.name.text}: ${why}`);
});

const zod = nodeRule("engine", forEngine, (node, file, say) => {
  if (ts.isPropertyAccessExpression(node) && node.expression.getText(file.node) === "z") {
    const name = node.name.text;
    if (ZOD.has(name))
      say(node.name, `no z.${name}: wrong on a bare engine; write z.string().check(z.refine(…)) with ours`);
    if (ZOD_HEAVY.has(name)) say(node.name, `no z.${name}: it pulls hundreds of kilobytes into the bundle`);
  }
  if (!ts.isImportDeclaration(node) || !node.moduleSpecifier.getText(file.node).includes("zod/mini")) return;
  const clause = node.importClause;
  if (clause?.isTypeOnly === false && clause.namedBindings !== undefined && ts.isNamedImports(clause.namedBindings)) {
    say(node, 'write `import * as z from "zod/mini"`: a named import keeps the whole library');
  }
});

function patternOf(node: ts.Node): { source: string; flags: string } | null {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf("/");
    return { source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  if (!ts.isNewExpression(node) || node.expression.getText() !== "RegExp") return null;
  const [source, flags] = (node.arguments ?? []).map((a) => (ts.isStringLiteralLike(a) ? a.text : ""));
  return { source: source ?? "", flags: flags ?? "" };
}

const patterns = nodeRule("engine", forEngine, (node, _file, say) => {
  const pattern = patternOf(node);
  if (pattern === null) return;
  if (pattern.flags.includes("v")) say(node, "no `v` flag: it throws at run time on the router; use `u`");
  if (/\(\?-?[ims]+(-[ims]+)?:/.test(pattern.source))
    say(node, "no (?i:…): it fails on the router; put the flag on the pattern");
});

const clocks = nodeRule("clock", forEngine, (node, file, say) => {
  const text = ts.isPropertyAccessExpression(node) ? node.getText(file.node) : "";
  if (text === "Date.now") say(node, "take a Clock and ask clock.wallMs() or clock.monoMs()");
  if (text === "Math.random") say(node, "take a Random and ask random.bytes(n)");
  const called = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (called && isIdentifierNamed(node.expression, "Date") && (node.arguments ?? []).length === 0) {
    say(node, "take a Clock: new Date(clock.wallMs())");
  }
});

function isIdentifierNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

export const engine: readonly Rule[] = [globals, members, zod, patterns, clocks];
