// The skill's side under Node (`--sandbox MS BYTES`): a QuickJS of its own, with no function of the host
// but `send` and `receive` on the pipe (base/skill.ts). Out of time, memory or steps, the process ends
// itself; its exit code says why. The calls that wait are meant: nothing else goes on here.

import { readSync, writeSync } from "node:fs";
import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten";
import { isFault } from "../../base/fault.ts";
import { SKILL_TURNS_MAX } from "../../base/limits.ts";
import { makeSkillReader, skillMessage } from "../../base/skill.ts";
import { makeRuntime } from "./engine-quickjs.ts";
import { SKILL_END } from "./skill-end.ts";

const PIPE = 3;

function send(text: string): void {
  const bytes = skillMessage(text);
  if (isFault(bytes)) return process.exit(SKILL_END.MESSAGE);
  for (let at = 0; at < bytes.length; ) at += writeSync(PIPE, bytes, at);
}

// The other side answers one message at a time, so no more than one is read.
function makeReceive(): () => string {
  const take = makeSkillReader();
  const piece = new Uint8Array(65_536);
  return () => {
    for (;;) {
      const n = readSync(PIPE, piece);
      if (n === 0) return process.exit(SKILL_END.DONE);
      const whole = take(piece.slice(0, n));
      if (isFault(whole)) return process.exit(SKILL_END.MESSAGE);
      const [first] = whole;
      if (first !== undefined) return first;
    }
  };
}

/** Says what was thrown, or ends as full: without memory even for an error the engine throws null. */
function fail(vm: QuickJSContext, error: QuickJSHandle): never {
  vm.runtime.setMemoryLimit(-1);
  const thrown: unknown = vm.dump(error);
  const { name, message } = (thrown ?? {}) as Record<string, unknown>;
  const said = message === undefined ? String(thrown) : `${String(name)}: ${String(message)}`;
  if (thrown === null || said === "InternalError: out of memory") process.exit(SKILL_END.FULL);
  send(JSON.stringify({ error: said }));
  return process.exit(SKILL_END.DONE);
}

function evaluate(vm: QuickJSContext, script: string): void {
  const result = vm.evalCode(script, "skill", { type: "global" });
  if (result.error) fail(vm, result.error);
  while (vm.runtime.hasPendingJob()) {
    const jobs = vm.runtime.executePendingJobs();
    if (jobs.error) fail(vm, jobs.error);
  }
  const state = vm.getPromiseState(result.value);
  if (state.type === "rejected") fail(vm, state.error);
  if (state.type === "pending")
    send(JSON.stringify({ error: "Error: the skill waits for something that never comes" }));
}

/** Never returns: the process ends. */
export async function runSkill(capMs: number, heapBytes: number): Promise<never> {
  const runtime = await makeRuntime(heapBytes);
  runtime.setMemoryLimit(heapBytes);
  const vm = runtime.newContext();
  const receive = makeReceive();
  vm.setProp(
    vm.global,
    "send",
    vm.newFunction("send", (text) => send(vm.getString(text))),
  );
  vm.setProp(
    vm.global,
    "receive",
    vm.newFunction("receive", () => vm.newString(receive())),
  );
  const until = performance.now() + capMs;
  let turns = 0;
  runtime.setInterruptHandler(() => {
    turns += 1;
    if (performance.now() > until) process.exit(SKILL_END.LATE);
    if (turns > SKILL_TURNS_MAX) process.exit(SKILL_END.STEPS);
    return false;
  });
  evaluate(vm, receive());
  return process.exit(SKILL_END.DONE);
}
