// The engine without what the program cannot reach, for a build that runs no JavaScript but the bundle (SKILLS=no):
// `cut-engine.ts BUNDLE OPERATIONS ENGINE OUT` writes those of the engine's sources that become shorter. What a script
// reaches of an engine it reaches by name, so a member whose name stands nowhere in the bundle is taken out of the
// engine's lists, and the compiler drops the code behind it. Names that the engine itself looks up stay. Of the
// interpreter's operations those stay that are in the bytecode (OPERATIONS, by bcgen.c).
// A source that would not change is not written: make looks at times.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** A line of a list of members: one member. */
const MEMBER =
  /^\s*JS_(?:CFUNC|CFUNC_MAGIC|CFUNC_SPECIAL|CGETSET|CGETSET_MAGIC|ALIAS|ALIAS_BASE|PROP_DOUBLE|PROP_INT64)_DEF\(\s*"(\w+)",.*\),?\s*(?:\/\*.*\*\/)?$/;
/** A member that is another one under a second name. */
const ALIAS = /JS_ALIAS(?:_BASE)?_DEF\(\s*"([^"]+)",\s*"(\w+)"/;
const LIST = /^static const JSCFunctionListEntry (\w+)\[\]/;

/** Objects that only hold functions: `Math.log` is a use, another `log` is none. */
const SPACES: Readonly<Record<string, string>> = { js_math_funcs: "Math", js_reflect_funcs: "Reflect" };

/** What leads to functions: names in the bundle, and operations. Without any of them nothing reaches these. */
const LED_TO: ReadonlyArray<readonly [by: readonly string[], functions: readonly string[]]> = [
  [["Proxy"], ["JS_AddIntrinsicProxy"]],
  [["WeakRef", "FinalizationRegistry"], ["JS_AddIntrinsicWeakRef"]],
  [["initial_yield"], ["js_generator_function_call", "js_generator_next", "js_async_generator_function_call"]],
  [["initial_yield"], ["js_async_generator_next", "js_async_generator_resolve_function"]],
  [["for_await_of_start"], ["js_async_from_sync_iterator_next"]],
  [["pow"], ["js_pow"]],
  [
    ["push_bigint_i32", "BigInt", "BigInt64Array", "BigUint64Array", "getBigInt64", "getBigUint64"],
    [
      ...["JS_AddIntrinsicBigInt", "js_compare_bigint", "js_bigint_float64_cmp", "js_bigint_to_float64"],
      ...["js_bigint_add", "js_bigint_mul", "js_bigint_divrem", "js_bigint_logic", "js_bigint_shl", "js_bigint_shr"],
      ...["js_bigint_neg", "js_bigint_not", "js_bigint_pow", "js_bigint_from_string", "js_bigint_to_string1"],
    ],
  ],
];

const INTERPRETER = /^MC_HOT static JSValue JS_CallInternal\([\s\S]*?^}$/m;

function wordsIn(bundle: string): Set<string> {
  return new Set(bundle.match(/[A-Za-z_$][\w$]*/g));
}

/** Words of the bundle, and what the engine's own C asks for by name. */
function namesIn(bundle: string, lines: readonly string[]): Set<string> {
  const names = wordsIn(bundle);
  for (const line of lines) {
    for (const [, atom, text] of line.matchAll(/\bJS_ATOM_(\w+)|PropertyStr\(.*"(\w+)"/g))
      names.add(atom ?? text ?? "");
  }
  for (const line of lines) {
    const [, name = "", of = ""] = ALIAS.exec(line) ?? [];
    if (name !== "" && (!MEMBER.test(line) || names.has(name))) names.add(of);
  }
  return names;
}

/** Whether a bundle uses an object by its members only. */
function isSpace(bundle: string, name: string): boolean {
  return !new RegExp(`\\b${name}\\b(?!\\.\\w)`).test(bundle);
}

/** quickjs.c with the members that a bundle names. */
export function cutMembers(source: string, bundle: string): string {
  const lines = source.split("\n");
  const names = namesIn(bundle, lines);
  let list = "";
  const isReached = (name: string): boolean => {
    const space = SPACES[list];
    if (space === undefined || !isSpace(bundle, space)) return names.has(name);
    return new RegExp(`\\b${space}\\.${name}\\b`).test(bundle);
  };
  const kept = lines.map((line) => {
    list = LIST.exec(line)?.[1] ?? list;
    const name = MEMBER.exec(line)?.[1];
    return name === undefined || isReached(name) ? line : "";
  });
  return kept.join("\n");
}

/** quickjs.c in which functions that nothing leads to have no code: what starts the engine calls some, which return. */
export function cutFunctions(source: string, bundle: string, operations: ReadonlySet<string>): string {
  const words = wordsIn(bundle);
  const gone = LED_TO.filter(([by]) => !by.some((name) => words.has(name) || operations.has(name)));
  return gone
    .flatMap(([, functions]) => functions)
    .reduce((text, name) => {
      const head = new RegExp(`^((?:static )?[\\w ]+[ *])${name}\\([^)]*\\)\\n\\{`, "m");
      const [found = "", type = ""] = head.exec(text) ?? [];
      if (found === "") throw new Error(`quickjs.c has no function ${name}`);
      return text.replace(head, `${found}\n    ${type.endsWith("void ") ? "return" : "abort()"};`);
    }, source);
}

/** quickjs.c whose interpreter knows these operations; the label of any other is that of an unknown one. */
export function cutOperations(source: string, used: ReadonlySet<string>): string {
  const gone: string[] = [];
  const cut = (interpreter: string): string => {
    const rest = interpreter.replace(/\bCASE\(OP_(\w+)\):/g, (label, name: string) => {
      if (used.has(name)) return label;
      gone.push(`#define case_OP_${name} case_default\n`);
      return "";
    });
    return gone.join("") + rest;
  };
  return source.replace(INTERPRETER, cut);
}

/** libregexp.c for this bundle: without \p{…} the tables of the alphabets are not needed. */
export function cutPatterns(source: string, bundle: string): string {
  return /\\[pP]\{/.test(bundle) ? source : source.replaceAll("#ifdef CONFIG_ALL_UNICODE", "#if 0");
}

function keep(path: string, text: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
}

/** What the host's C asks of the engine by name. */
function hostNames(folder: string): string[] {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  const text = sources.map((name) => readFileSync(`${folder}/${name}`, "utf8")).join("\n");
  return [...text.matchAll(/JS_NewAtom\(\w+, "(\w+)"\)/g)].map(([, name = ""]) => name);
}

function main([bundleAt = "", operationsAt = "", engine = "", out = ""]: readonly string[]): void {
  const bundle = [readFileSync(bundleAt, "utf8"), ...hostNames("src/host/native")].join("\n");
  const operations = new Set(readFileSync(operationsAt, "utf8").split("\n"));
  mkdirSync(out, { recursive: true });
  const whole = readFileSync(`${engine}/quickjs.c`, "utf8");
  keep(`${out}/quickjs.c`, cutOperations(cutFunctions(cutMembers(whole, bundle), bundle, operations), operations));
  keep(`${out}/libregexp.c`, cutPatterns(readFileSync(`${engine}/libregexp.c`, "utf8"), bundle));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));
