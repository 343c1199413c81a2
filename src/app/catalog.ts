// The catalogue's constants as arrays, sorted, bound to their schemas.

import { TOOL_SCHEMAS } from "gen:tools";
import { bindTool, type BoundTool } from "../core/deps.ts";
import { assert } from "../base/bug.ts";
import type { Provider } from "../port/provider.ts";
import type { Store } from "../port/store.ts";
import type { Tool } from "../port/tool.ts";
import * as providers from "./catalog/providers.ts";
import * as stores from "./catalog/stores.ts";
import * as tools from "./catalog/tools.ts";
import type { ModelChoice } from "./model.ts";

function bound<A>(tool: Tool<A>): BoundTool {
  const schema = TOOL_SCHEMAS[tool.name];
  assert(schema !== undefined, `no schema was made for ${tool.name}`);
  return bindTool(tool, schema);
}

/** Every tool, by name. */
export function toolsOf(): readonly BoundTool[] {
  const list = Object.values(tools).map((t) => bound(t as Tool<unknown>));
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The provider that speaks the chosen service's dialect. */
export function providerOf(_choice: ModelChoice): Provider<ModelChoice> {
  return providers.openai as Provider<ModelChoice>;
}

/** The store of this configuration: RAM, so that nothing is written to flash. */
export function openStore(): Store {
  return stores.ram();
}
