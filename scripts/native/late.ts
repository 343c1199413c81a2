// late.ts IN.js OUT.js [NOT]: the bundle for bcgen.c. What a variable of the program is set to once and for all, where making it can
// neither fail nor be seen (a table, a regular expression, a schema's constructor), becomes `function late$NAME(){return …}`:
// the engine makes it when the variable is first used, and what is never used takes no memory. NOT has names, a line each, of
// what every start uses.

import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript6";

const MARK = "late$";
/** zod calls these pure: `const $ZodString = /*@__PURE__*\/ core.$constructor("$ZodString", …)`. */
const ZOD_CONSTRUCTOR = /^\$?Zod\w+$/;

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** Names that something other than their declaration gives a value, in whichever scope. */
function assignedIn(program: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const target = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    else ts.forEachChild(node, target);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) target(node.left);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        target(node.operand);
    }
    if ((ts.isForInStatement(node) || ts.isForOfStatement(node)) && !ts.isVariableDeclarationList(node.initializer)) {
      target(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(program);
  return names;
}

/** The statements of `"use strict";(()=>{…})();`. */
function statementsOf(program: ts.SourceFile): ts.NodeArray<ts.Statement> {
  const last = program.statements.at(-1);
  const call = last !== undefined && ts.isExpressionStatement(last) ? last.expression : undefined;
  const callee = call !== undefined && ts.isCallExpression(call) ? call.expression : undefined;
  const made = callee !== undefined && ts.isParenthesizedExpression(callee) ? callee.expression : undefined;
  if (made === undefined || !ts.isArrowFunction(made) || !ts.isBlock(made.body)) {
    throw new Error("the bundle is not what esbuild makes of one entry");
  }
  return made.body.statements;
}

/** Names of the program's variables that are declared inside another statement. */
function nestedIn(statements: readonly ts.Statement[]): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) names.push(node.name.text);
    if (ts.isBindingElement(node) && ts.isIdentifier(node.name)) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  for (const statement of statements) if (!ts.isVariableStatement(statement)) visit(statement);
  return names;
}

/** Variables and functions of the program that keep their first value, and from where in the text they have it. */
function constantsOf(statements: readonly ts.Statement[], assigned: ReadonlySet<string>): Map<string, number> {
  const found = new Map<string, number>();
  const others = new Set([...assigned, ...nestedIn(statements)]);
  const add = (name: string, from: number): void => {
    if (found.has(name)) others.add(name);
    found.set(name, from);
  };
  for (const { name, value } of declarationsOf(statements)) add(name, value.end);
  for (const statement of statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined) add(statement.name.text, 0);
  }
  for (const name of others) found.delete(name);
  return found;
}

function isFunction(node: ts.Node): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

function isLiteral(node: ts.Node): boolean {
  if (ts.isStringLiteral(node) || ts.isNumericLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return true;
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand);
  if (ts.isVoidExpression(node)) return ts.isNumericLiteral(node.expression);
  return node.kind === ts.SyntaxKind.NullKeyword || ts.isRegularExpressionLiteral(node) || ts.isBigIntLiteral(node);
}

type Judge = (node: ts.Node) => boolean;

function isPureMember(member: ts.ObjectLiteralElementLike, pure: Judge): boolean {
  if (ts.isSpreadAssignment(member)) return false;
  if (ts.isComputedPropertyName(member.name)) return false;
  if (ts.isShorthandPropertyAssignment(member)) return pure(member.name);
  return ts.isPropertyAssignment(member) ? pure(member.initializer) : true;
}

/** `new Set([…])` of what is written there: what it holds cannot have changed since. */
function isPureCollection(node: ts.Node, pure: Judge): boolean {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return false;
  if (!["Set", "Map", "WeakSet", "WeakMap"].includes(node.expression.text)) return false;
  const [from] = node.arguments ?? [];
  return from === undefined || (ts.isArrayLiteralExpression(from) && pure(from));
}

function isConstructor(node: ts.Node, pure: Judge): boolean {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || !pure(node.expression)) return false;
  const [name, ...rest] = node.arguments;
  return name !== undefined && ts.isStringLiteral(name) && ZOD_CONSTRUCTOR.test(name.text) && rest.every(pure);
}

function judgeBy(constants: ReadonlyMap<string, number>): Judge {
  const pure: Judge = (node) => {
    if (ts.isParenthesizedExpression(node)) return pure(node.expression);
    if (ts.isIdentifier(node)) return (constants.get(node.text) ?? Infinity) <= node.pos;
    if (ts.isArrayLiteralExpression(node)) return node.elements.every(pure);
    if (ts.isObjectLiteralExpression(node)) return node.properties.every((member) => isPureMember(member, pure));
    return isLiteral(node) || isFunction(node) || isPureCollection(node, pure) || isConstructor(node, pure);
  };
  return pure;
}

/** What is no more than its name, a number or a function takes no memory worth the wait. */
function isWorthIt(node: ts.Node): boolean {
  if (ts.isParenthesizedExpression(node)) return isWorthIt(node.expression);
  return !ts.isIdentifier(node) && !isFunction(node) && (!isLiteral(node) || ts.isRegularExpressionLiteral(node));
}

/** Declarations with a first value, in the order of the text. */
function* declarationsOf(statements: readonly ts.Statement[]): Generator<{ name: string; value: ts.Expression }> {
  for (const statement of statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && ts.isIdentifier(name)) yield { name: name.text, value: initializer };
    }
  }
}

function transform(text: string, except: ReadonlySet<string>): string {
  const program = ts.createSourceFile("bundle.js", text, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const statements = statementsOf(program);
  const constants = constantsOf(statements, assignedIn(program));
  const pure = judgeBy(constants);
  let out = "";
  let at = 0;
  for (const { name, value } of declarationsOf(statements)) {
    if (!constants.has(name) || except.has(name) || !isWorthIt(value) || !pure(value)) continue;
    const start = value.getStart(program);
    out += `${text.slice(at, start)}function ${MARK}${name}(){return ${text.slice(start, value.end)}}`;
    at = value.end;
  }
  return out + text.slice(at);
}

const [from = "", to = "", not] = process.argv.slice(2);
const except = not === undefined ? [] : readFileSync(not, "utf8").split("\n");
writeFileSync(to, transform(readFileSync(from, "utf8"), new Set(except)));
