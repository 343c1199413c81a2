// What the kernel says of this machine and of one process.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** One line for the head of a report. */
export function machineLine(): string {
  const cores = cpus();
  const cpu = cores[0]?.model.trim() ?? "unknown processor";
  const load = loadavg()[0]?.toFixed(1) ?? "unknown";
  return `Node ${process.version}, ${cores.length} cores (${cpu}), ${type()} ${release()} ${process.arch}, load now ${load}`;
}

let ticks = 0;

/** CPU time of a process in ms, user and system; /proc counts in ticks (10 ms mostly), proc(5). */
export function cpuMs(pid: number): number {
  if (ticks === 0) ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold spaces; after its bracket the third field is the first.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks;
}

/** Of its first thread, to the nanosecond: time on a core, and time it could have run and had none (Linux, Documentation/scheduler/sched-stats). */
export function threadMs(pid: number): { cpu: number; waited: number } {
  const [cpu, waited] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ").map(Number);
  return { cpu: (cpu ?? 0) / 1e6, waited: (waited ?? 0) / 1e6 };
}

function statusMb(pid: number, line: "VmRSS" | "RssAnon"): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1_024;
}

/** Resident memory in MB. */
export function rssMb(pid: number): number {
  return statusMb(pid, "VmRSS");
}

/** Of it what no file backs, in MB. */
export function anonMb(pid: number): number {
  return statusMb(pid, "RssAnon");
}

/** Whether a program is on the path. */
export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Runs `once` several times with a short rest between, one after the other. */
export async function repeat<T>(runs: number, once: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let n = 0; n < runs; n += 1) {
    results.push(await once(n));
    await sleep(100);
  }
  return results;
}
