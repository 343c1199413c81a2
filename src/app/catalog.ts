// The catalogue's constants as arrays, sorted, bound to what they need.

import { TOOL_SCHEMAS } from "gen:tools";
import { assert } from "../base/bug.ts";
import { fault, type Outcome, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { type BoundTool, bindTool } from "../core/deps.ts";
import { taskTool } from "../core/tasks.ts";
import type { Clock } from "../port/clock.ts";
import type { Http } from "../port/http.ts";
import type { Answer, Ask, Delta } from "../port/provider.ts";
import type { Store } from "../port/store.ts";
import type { Task } from "../port/task.ts";
import type { Tool } from "../port/tool.ts";
import * as providers from "./catalog/providers.ts";
import * as stores from "./catalog/stores.ts";
import * as tasks from "./catalog/tasks.ts";
import * as tools from "./catalog/tools.ts";
import type { ModelChoice } from "./model.ts";

function bound<A>(tool: Tool<A>): BoundTool {
  const schema = TOOL_SCHEMAS[tool.name];
  assert(schema !== undefined, `no schema was made for ${tool.name}`);
  return bindTool(tool, schema);
}

/** Every typed task, by name. */
export function tasksOf(): readonly Task[] {
  const list: readonly Task[] = Object.values(tasks);
  return [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every tool, by name; each task is one. */
export function toolsOf(): readonly BoundTool[] {
  const list = [...Object.values(tools).map((t) => bound(t as Tool<unknown>)), ...tasksOf().map(taskTool)];
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A model service ready to be asked. */
export interface ModelService {
  readonly id: string;
  complete(s: Scope, ask: Ask, onDelta: (d: Delta) => void): Wait<Answer>;
  check(s: Scope): Wait<string>;
}

/** The chosen service in its dialect. */
export function openModel(choice: ModelChoice, http: Http, clock: Clock): Outcome<ModelService> {
  const provider = Object.values(providers).find((p) => p.id === choice.dialect);
  if (provider === undefined) {
    return fault("missing", `This build does not speak the dialect "${choice.dialect}".`, { code: "bad_config" });
  }
  const kit = { http, config: choice.settings, clock };
  return {
    id: provider.id,
    complete: (s, ask, onDelta) => provider.complete(s, kit, ask, onDelta),
    check: (s) => provider.check(s, kit),
  };
}

/** The store of this configuration: RAM, so that nothing is written to flash. */
export function openStore(): Store {
  return stores.ram();
}
