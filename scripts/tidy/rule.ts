// What a house rule is: it looks at the parsed tree and says what it found, and where.
// The parser and checker are TypeScript 6's: TypeScript 7 exports none that is stable.

import { relative } from "node:path";
import ts from "typescript6";

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** The repository as the rules see it. Paths are relative to `root`, with slashes. */
export interface Tree {
  readonly root: string;
  /** Every TypeScript file of src, scripts and test; the checker knows those of src. */
  readonly files: readonly SourceFile[];
  readonly checker: ts.TypeChecker;
}

export interface SourceFile {
  readonly path: string;
  readonly node: ts.SourceFile;
  readonly text: string;
}

/** Says a finding at a node, or at a line counted from 1. */
export type Say = (file: SourceFile, at: ts.Node | number, message: string) => void;

export interface Rule {
  readonly name: string;
  run(tree: Tree, say: Say): void;
}

/** Line of a node, from 1. */
export function lineOf(file: SourceFile, at: ts.Node): number {
  return file.node.getLineAndCharacterOfPosition(at.getStart(file.node)).line + 1;
}

/** Calls `visit` for every node below `top`, parents first. */
export function walk(top: ts.Node, visit: (node: ts.Node) => void): void {
  ts.forEachChild(top, (node) => {
    visit(node);
    walk(node, visit);
  });
}

/** A rule that looks at one node after another in the files it is for. */
export function nodeRule(
  name: string,
  wants: (path: string) => boolean,
  visit: (node: ts.Node, file: SourceFile, say: (at: ts.Node, message: string) => void, tree: Tree) => void,
): Rule {
  return {
    name,
    run(tree, say) {
      for (const file of tree.files.filter((f) => wants(f.path))) {
        walk(file.node, (node) => visit(node, file, (at, message) => say(file, at, message), tree));
      }
    },
  };
}

/** True below src/. */
export function inSrc(path: string): boolean {
  return path.startsWith("src/");
}

/** True for what ends in a bundle for a bare engine, and for the simulator. */
export function forEngine(path: string): boolean {
  return inSrc(path) && !path.startsWith("src/host/node/");
}

/** True when the node carries the `export` keyword. */
export function isExported(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
}

/** Path of the file that declares a symbol, relative to the root; "" when there is none. */
export function declaredIn(tree: Tree, symbol: ts.Symbol | undefined): string {
  const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
  return file === undefined ? "" : relative(tree.root, file).replaceAll("\\", "/");
}

/** The symbol of a name, through imports. */
export function symbolOf(tree: Tree, node: ts.Node): ts.Symbol | undefined {
  const symbol = tree.checker.getSymbolAtLocation(node);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return tree.checker.getAliasedSymbol(symbol);
}

export interface NamedFunction {
  readonly name: string;
  readonly node: ts.FunctionLikeDeclaration;
  /** Where its doc line stands: the statement. */
  readonly statement: ts.Node;
}

/** Exported functions of a file: declarations and constants that hold a function. */
export function exportedFunctions(file: SourceFile): NamedFunction[] {
  return file.node.statements.filter(isExported).flatMap((statement): NamedFunction[] => {
    if (ts.isFunctionDeclaration(statement)) {
      return [{ name: statement.name?.text ?? "default", node: statement, statement }];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name, initializer: node }) =>
      isFunctionValue(node) ? [{ name: name.getText(file.node), node, statement }] : [],
    );
  });
}

function isFunctionValue(node: ts.Expression | undefined): node is ts.ArrowFunction | ts.FunctionExpression {
  return node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));
}
