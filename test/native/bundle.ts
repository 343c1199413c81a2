// Bundles what runs inside the test build of the native binary: one script for a bare
// engine, with small stand-ins for the parts of Node that shared tests use.

import { dirname, resolve } from "node:path";
import * as esbuild from "esbuild";
import { bare } from "../../scripts/build/options.ts";

const HERE = "test/native";

const standIns: esbuild.Plugin = {
  name: "stand-ins",
  setup(build) {
    build.onResolve({ filter: /^node:test$/ }, () => ({ path: resolve(HERE, "node-test.ts") }));
    build.onResolve({ filter: /^node:assert\/strict$/ }, () => ({ path: "assert", namespace: "stand-in" }));
    build.onLoad({ filter: /.*/, namespace: "stand-in" }, () => ({
      contents: `import * as assert from "./assert.ts"; export default assert;`,
      resolveDir: resolve(HERE),
    }));
    // A second instance, to compare a host's text coders with.
    build.onResolve({ filter: /\/utf8\.ts$/ }, ({ path, importer }) =>
      importer === resolve(HERE, "globals.ts")
        ? { path: resolve(dirname(importer), path), suffix: "?reference" }
        : undefined,
    );
  },
};

/** The text of one script. */
export async function bundleFor(entry: string): Promise<string> {
  const options = bare(process.cwd(), entry, "native-test.js");
  const made = await esbuild.build({
    ...options,
    minify: false,
    metafile: false,
    write: false,
    inject: [`${HERE}/globals.ts`],
    plugins: [...(options.plugins ?? []), standIns],
  });
  const text = made.outputFiles?.[0]?.text;
  if (text === undefined) throw new Error("esbuild made no bundle");
  return text;
}
