// An engine cut to its bundle: what a script can reach of it stays, on a source of quickjs.c's own form.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { cutFunctions, cutMembers, cutOperations, cutPatterns } from "../../../scripts/native/cut-engine.ts";

const LISTS = `static const JSCFunctionListEntry js_array_proto_funcs[] = {
    JS_CFUNC_DEF("at", 1, js_array_at ),
    JS_CFUNC_MAGIC_DEF("toSorted", 1, js_array_sorted, 1 ), /* new */
    JS_CGETSET_DEF("flags", js_get_flags, NULL ),
    JS_CGETSET_DEF("sticky", js_get_sticky, NULL ),
    JS_CFUNC_DEF("constructor", 1, js_constructor ),
    JS_CFUNC_DEF("trimEnd", 0, js_trim_end ),
    JS_ALIAS_DEF("trimRight", "trimEnd" ),
    JS_CFUNC_DEF("values", 0, js_values ),
    JS_ALIAS_DEF("[Symbol.iterator]", "values" ),
};
static const JSCFunctionListEntry js_math_funcs[] = {
    JS_CFUNC_SPECIAL_DEF("log", 1, f_f, log ),
    JS_CFUNC_SPECIAL_DEF("min", 1, f_f, min ),
    JS_PROP_DOUBLE_DEF("PI", 3.141592653589793, 0 ),
};
static void own(JSContext *ctx)
{
    JS_GetPropertyStr(ctx, obj, "sticky");
    JS_GetProperty(ctx, obj, JS_ATOM_constructor);
}
`;

/** The names of the members that are left. */
function members(bundle: string): string[] {
  return [...cutMembers(LISTS, bundle).matchAll(/_DEF\("([^"]+)"/g)].map(([, name]) => name ?? "");
}

test("members stay that the bundle names, that the engine looks up, or that another stands for", () => {
  const engines = ["sticky", "constructor", "values", "[Symbol.iterator]"];
  assert.deepEqual(members(""), engines);
  assert.deepEqual(members("a.at(1);b={flags:1}"), ["at", "flags", ...engines]);
  assert.deepEqual(members('x["trimRight"]()'), ["sticky", "constructor", "trimEnd", "trimRight", ...engines.slice(2)]);
});

test("of an object that only holds functions its own members count, unless it is handed on", () => {
  assert.deepEqual(members("log.min();Math.min(1)"), ["sticky", "constructor", "values", "[Symbol.iterator]", "min"]);
  assert.deepEqual(members("log(Math);Math.min(1)").slice(-2), ["log", "min"]);
});

const INTERPRETER = `MC_HOT static JSValue JS_CallInternal(JSContext *ctx)
{
        CASE(OP_push_1):
        CASE(OP_push_2):
            push();
            BREAK;
        CASE(OP_import):
            import();
            BREAK;
        DEFAULT:
            unknown();
}
CASE(OP_elsewhere):
`;

test("operations that are not in the bytecode are unknown ones", () => {
  assert.equal(cutOperations(INTERPRETER, new Set(["push_1", "push_2", "import"])), INTERPRETER);
  const cut = cutOperations(INTERPRETER, new Set(["push_2"]));
  assert.match(cut, /^#define case_OP_push_1 case_default\n#define case_OP_import case_default\nMC_HOT/);
  assert.match(cut, /\{\n\s+CASE\(OP_push_2\):\n\s+push/);
  assert.doesNotMatch(cut, /CASE\(OP_(?:push_1|import)/);
  assert.match(cut, /CASE\(OP_elsewhere\)/);
});

test("patterns keep the tables of the alphabets where one asks for them", () => {
  const source = "#ifdef CONFIG_ALL_UNICODE\ntables();\n#endif\n";
  assert.equal(cutPatterns(source, "/\\p{L}/u"), source);
  assert.equal(cutPatterns(source, "/[a-z]/u"), "#if 0\ntables();\n#endif\n");
});

const ENGINE = "dist/native/src/quickjs/quickjs.c";
const skip = existsSync(ENGINE) ? false : `${ENGINE} is not there (make toolchain)`;

test("the real engine has every function that is cut, and a name that leads to one keeps it", { skip }, () => {
  const engine = readFileSync(ENGINE, "utf8");
  const bare = cutFunctions(engine, "", new Set());
  assert.match(bare, /void JS_AddIntrinsicProxy\(JSContext \*ctx\)\n\{\n {4}return;/);
  assert.match(bare, /double js_pow\([^)]*\)\n\{\n {4}abort\(\);/);
  assert.doesNotMatch(
    cutFunctions(engine, "new Proxy({})", new Set()),
    /JS_AddIntrinsicProxy\([^)]*\)\n\{\n {4}return/,
  );
  assert.doesNotMatch(cutFunctions(engine, "", new Set(["pow"])), /js_pow\([^)]*\)\n\{\n {4}abort/);
  assert.ok(cutOperations(engine, new Set()).includes("#define case_OP_import case_default"));
  assert.ok(cutMembers(engine, "").length < engine.length - 15_000);
});
