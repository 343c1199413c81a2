// Forms of the language that we do without: each hides a mistake from the compiler or from
// the reader.

import ts from "typescript6";
import { exportedFunctions, inSrc, nodeRule, type Rule } from "./rule.ts";

const everywhere = (): boolean => true;
const noTests = (path: string): boolean => !path.startsWith("test/");

// Where a thrown thing may be caught: JSON.parse, the two last resorts (lane and process),
// the hosts, whose engines throw, and the completion of an operation, whose caller is the
// host's loop: there a Bug rejects the wait instead.
const CATCHERS = ["src/base/json.ts", "src/core/lane.ts", "src/port/bridge-ops.ts", "src/cli/", "src/host/"];

const noAny = nodeRule("any", everywhere, (node, _file, say) => {
  if (node.kind === ts.SyntaxKind.AnyKeyword) say(node, "write `unknown` and parse it, or the exact type");
});

const noBang = nodeRule("non-null", everywhere, (node, _file, say) => {
  if (ts.isNonNullExpression(node)) say(node, "write `if (x === undefined) return …`, or `assert` from base/bug.ts");
});

const noDefault = nodeRule("default-export", everywhere, (node, _file, say) => {
  const marked = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  const isDefault = marked.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
  if (isDefault || ts.isExportAssignment(node)) say(node, "write a named export: `export function name`");
});

const noBarrel = nodeRule("barrel", everywhere, (node, file, say) => {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return;
  if (node.exportClause === undefined) say(node, "no `export *`: import the names from their own file");
  else if (!file.path.startsWith("src/app/catalog/"))
    say(node, "no re-export: import it from the file that defines it");
});

const noClass = nodeRule("class", inSrc, (node, file, say) => {
  if (ts.isClassLike(node) && file.path !== "src/base/bug.ts") {
    say(node, "write an interface and a function that makes it: `makeX(…): X`");
  }
});

const noCatch = nodeRule("catch", inSrc, (node, file, say) => {
  if (CATCHERS.some((place) => file.path === place || (place.endsWith("/") && file.path.startsWith(place)))) return;
  const message =
    "return a Fault instead of throwing; JSON goes through base/json.ts; a Bug is caught by the lane alone";
  if (ts.isCatchClause(node)) say(node, message);
  const called = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) ? node.expression : null;
  if (called?.name.text === "catch") say(called.name, message);
});

/** A rule on the text of lines. */
function lineRule(name: string, wants: (path: string) => boolean, pattern: RegExp, message: string): Rule {
  return {
    name,
    run(tree, say) {
      for (const file of tree.files.filter((f) => wants(f.path))) {
        file.text.split("\n").forEach((line, at) => {
          if (pattern.test(line)) say(file, at + 1, message);
        });
      }
    },
  };
}

const todo = /(\/\/|\/\*|^\s*\*).*\b(TODO|FIXME|XXX)\b/;
const noTodo = lineRule("todo", everywhere, todo, "do it now, or leave it out: nobody reads these later");

const silenced = /@ts-(ignore|nocheck|expect-error)/;
const noSilence = lineRule("ts-ignore", noTests, silenced, "mend the type instead of silencing the compiler");

const header: Rule = {
  name: "header",
  run(tree, say) {
    for (const file of tree.files.filter((f) => inSrc(f.path))) {
      const end = file.text.split("\n").findIndex((line) => !line.startsWith("//"));
      if (end < 1 || end > 5) {
        say(file, 1, "begin with one to five `//` lines: what it is for, what it promises, where its facts come from");
      }
    }
  },
};

const docs: Rule = {
  name: "doc",
  run(tree, say) {
    for (const file of tree.files.filter((f) => inSrc(f.path))) {
      for (const { name, statement } of exportedFunctions(file)) {
        if (ts.getJSDocCommentsAndTags(statement).length > 0) continue;
        say(file, statement, `${name} needs a doc line: /** What it does for its caller. */`);
      }
    }
  },
};

export const forms: readonly Rule[] = [
  ...[noAny, noBang, noDefault, noBarrel, noClass, noCatch],
  ...[noTodo, noSilence, header, docs],
];
