// Rules that need types. An Outcome is looked at; what waits takes a Scope first; a secret's
// text is reached in few files; a bound has a name in base/limits.ts.

import ts from "typescript6";
import { declaredIn, exportedFunctions, inSrc, isExported, nodeRule, type Rule, symbolOf, type Tree } from "./rule.ts";

const FAULT = "src/base/fault.ts";
const SCOPE = "src/base/scope.ts";
const SECRET = "src/base/secret.ts";

/** Files that may reach a secret's text: the head writer, a TLS key, hash compare, the vault. */
const REVEALERS = [SECRET, "src/net/http-head.ts", "src/port/bridge.ts", "src/base/hash.ts", "src/app/vault.ts"];

// Above the scope: hosts speak the ABI, and base/scope.ts makes scopes.
const needsScope = (path: string): boolean => inSrc(path) && !path.startsWith("src/host/") && path !== SCOPE;

function isNamed(tree: Tree, type: ts.Type, name: string, file: string): boolean {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  return symbol?.name === name && declaredIn(tree, symbol) === file;
}

/** Whether a value of this type may be a Fault, beside what it is for. */
function mayBeFault(tree: Tree, type: ts.Type): boolean {
  return (type.isUnion() ? type.types : [type]).some((part) => isNamed(tree, part, "Fault", FAULT));
}

/** Whether awaiting a value of this type may give a Fault. */
function isWait(tree: Tree, type: ts.Type): boolean {
  if (type.getSymbol()?.name !== "Promise") return false;
  const awaited = tree.checker.getAwaitedType(type);
  return awaited !== undefined && mayBeFault(tree, awaited);
}

/** Through brackets, `await` and `void` to the expression that makes the value. */
function inner(node: ts.Expression): ts.Expression {
  if (ts.isParenthesizedExpression(node) || ts.isAwaitExpression(node) || ts.isVoidExpression(node)) {
    return inner(node.expression);
  }
  return node;
}

const looked = nodeRule("outcome", inSrc, (node, _file, say, tree) => {
  if (!ts.isExpressionStatement(node)) return;
  const made = inner(node.expression);
  if (ts.isBinaryExpression(made)) return;
  const type = tree.checker.getTypeAtLocation(made);
  if (!mayBeFault(tree, type) && !isWait(tree, type)) return;
  say(
    node,
    "look at the outcome: `const r = …; if (isFault(r)) return r;`, or log the fault when nobody can act on it",
  );
});

function firstIsScope(tree: Tree, signature: ts.Signature): boolean {
  const first = signature.getParameters()[0];
  if (first === undefined) return false;
  return isNamed(tree, tree.checker.getTypeOfSymbol(first), "Scope", SCOPE);
}

const WAIT_MESSAGE = "waits, so its first parameter is `s: Scope`";

/** The member's call signatures that return a Wait without taking a Scope first. */
function unscoped(tree: Tree, member: ts.TypeElement): ts.Signature | undefined {
  const type = tree.checker.getNonNullableType(tree.checker.getTypeAtLocation(member));
  return type.getCallSignatures().find((s) => isWait(tree, s.getReturnType()) && !firstIsScope(tree, s));
}

/** Exported functions that return a Wait. Callbacks are judged where their type is written. */
const scopedFunctions: Rule = {
  name: "scope",
  run(tree, say) {
    for (const file of tree.files.filter((f) => needsScope(f.path))) {
      for (const { name, node } of exportedFunctions(file)) {
        const signature = tree.checker.getSignatureFromDeclaration(node);
        if (signature === undefined || !isWait(tree, signature.getReturnType())) continue;
        if (!firstIsScope(tree, signature)) say(file, node, `${name} ${WAIT_MESSAGE}`);
      }
    }
  },
};

/** Methods of exported interfaces that return a Wait. */
const scopedMethods: Rule = {
  name: "scope",
  run(tree, say) {
    for (const file of tree.files.filter((f) => needsScope(f.path))) {
      const interfaces = file.node.statements.filter(isExported).filter(ts.isInterfaceDeclaration);
      for (const member of interfaces.flatMap((i) => [...i.members])) {
        if (unscoped(tree, member) !== undefined)
          say(file, member, `${member.name?.getText() ?? "it"} ${WAIT_MESSAGE}`);
      }
    }
  },
};

const reveals = nodeRule(
  "reveal",
  (path) => inSrc(path) && !REVEALERS.includes(path),
  (node, _file, say, tree) => {
    if (!ts.isIdentifier(node) || node.text !== "reveal" || ts.isImportSpecifier(node.parent)) return;
    if (declaredIn(tree, symbolOf(tree, node)) !== SECRET) return;
    say(node, "hand the Secret on; to put it in a header or a path use joinSecret");
  },
);

/** A number written out: a literal, or arithmetic of literals. 0 and 1 are no bounds: none, and the next one. */
function isLiteral(node: ts.Expression | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isNumericLiteral(node)) return Number(node.text) > 1;
  if (ts.isParenthesizedExpression(node)) return isLiteral(node.expression);
  return ts.isBinaryExpression(node) && isLiteral(node.left) && isLiteral(node.right);
}

/** Calls whose argument at that place is a bound. */
const BOUND_AT: ReadonlyMap<string, number> = new Map([
  ["queue", 0],
  ["withScope", 1],
  ["launch", 1],
  ["gather", 1],
  ["sleep", 1],
  ["read", 1],
  ["body", 1],
]);

const BOUND_FIELDS = new Set(["maxBytes", "capMs", "outMax", "heapBytes"]);
const bounded = (path: string): boolean => inSrc(path) && !/^src\/base\/limits(-[a-z]+)?\.ts$/.test(path);

function boundOf(node: ts.Node): { value: ts.Expression | undefined; what: string } | null {
  if (ts.isCallExpression(node)) {
    const callee = node.expression;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    const at = BOUND_AT.get(name);
    return at === undefined ? null : { value: node.arguments[at], what: `of ${name}()` };
  }
  if (ts.isPropertyAssignment(node) && BOUND_FIELDS.has(node.name.getText())) {
    return { value: node.initializer, what: node.name.getText() };
  }
  if (ts.isVariableDeclaration(node) && /_MAX$/.test(node.name.getText())) {
    return { value: node.initializer, what: node.name.getText() };
  }
  return null;
}

const bounds = nodeRule("bound", bounded, (node, _file, say) => {
  const bound = boundOf(node);
  if (bound === null || !isLiteral(bound.value)) return;
  say(node, `the bound ${bound.what} belongs in base/limits.ts, with its unit in the name and a line of reason`);
});

export const values: readonly Rule[] = [looked, scopedFunctions, scopedMethods, reveals, bounds];
