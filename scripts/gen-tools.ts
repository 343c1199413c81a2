// The virtual module `gen:tools`: JSON Schemas of the tools' arguments, made from their
// zod/mini definitions at build time, so that the converter is not in the bundle.
// `node --import tsx scripts/gen-tools.ts` writes dist/gen/tools.ts, which tsconfig's
// `paths` gives to tsx; esbuild takes the plugin and so is never out of date.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import * as z from "zod";
import type { $ZodType } from "zod/v4/core";

const CATALOG = "src/app/catalog/tools.ts";

interface Definition {
  name: string;
  args: () => $ZodType;
}

function isDefinition(x: unknown): x is Definition {
  return typeof x === "object" && x !== null && "name" in x && typeof x.name === "string" && "args" in x;
}

// What says nothing to a model and costs tokens: the bounds of every safe integer, and
// that the names of a record are strings.
function isNoise(key: string, value: unknown): boolean {
  if (key === "$schema") return true;
  if (key === "minimum" || key === "maximum") return Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
  return key === "propertyNames" && JSON.stringify(value) === '{"type":"string"}';
}

/** Says of every object whose fields are listed that there are no others, and drops noise. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(([key, value]) => !isNoise(key, value));
  const out = Object.fromEntries(entries.map(([key, value]) => [key, closed(value)]));
  if (out["type"] === "object" && !("additionalProperties" in out)) out["additionalProperties"] = false;
  return out;
}

/** One tool's parameters as JSON Schema text, as OpenAI's function parameters want them. */
export function schemaText(args: $ZodType): string {
  const schema = closed(z.toJSONSchema(args, { target: "draft-7", io: "input" }));
  if (typeof schema !== "object" || schema === null || !("type" in schema) || schema.type !== "object") {
    throw new Error("a tool's arguments must be one object");
  }
  return JSON.stringify(schema);
}

/** The tools that the catalogue exports, by evaluating it in Node. */
async function loadCatalog(root: string, plugins: esbuild.Plugin[]): Promise<Definition[]> {
  const outfile = `${root}/dist/gen/catalog-${process.pid}-${counter++}.mjs`;
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [CATALOG],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    target: "node20",
    logLevel: "silent",
    plugins,
  });
  try {
    const exported: Record<string, unknown> = await import(pathToFileURL(outfile).href);
    const tools = Object.entries(exported);
    const odd = tools.find(([, value]) => !isDefinition(value));
    if (odd !== undefined) throw new Error(`${CATALOG} exports ${odd[0]}, which is not a Tool`);
    return tools.map(([, value]) => value).filter(isDefinition);
  } finally {
    rmSync(outfile, { force: true });
  }
}

let counter = 0;

/** Source text of `gen:tools`; plugins may give another catalogue. */
export async function toolsSource(root: string, plugins: esbuild.Plugin[] = []): Promise<string> {
  const tools = await loadCatalog(root, plugins);
  tools.sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = tools.map((tool) => `  ${JSON.stringify(tool.name)}: ${JSON.stringify(schemaText(tool.args()))},`);
  return `export const TOOL_SCHEMAS = {\n${lines.join("\n")}\n};\n`;
}

/** Resolves `gen:tools` for esbuild. */
export function genTools(root: string, plugins: esbuild.Plugin[]): esbuild.Plugin {
  return {
    name: "gen-tools",
    setup(build) {
      build.onResolve({ filter: /^gen:tools$/ }, () => ({ path: "tools", namespace: "gen" }));
      build.onLoad({ filter: /^tools$/, namespace: "gen" }, async () => ({
        contents: await toolsSource(root, plugins),
        loader: "ts",
        resolveDir: root,
      }));
    },
  };
}

async function main(): Promise<void> {
  const root = process.cwd();
  mkdirSync(`${root}/dist/gen`, { recursive: true });
  writeFileSync(`${root}/dist/gen/tools.ts`, await toolsSource(root));
}

if (process.argv[1]?.endsWith("scripts/gen-tools.ts")) await main();
