// Containers of the simulated router: an image is extracted, then starts and stops; its
// interface runs only while it does. A RAM disk is empty after a restart, and with it the
// root of a container that lived there. Facts: RouterOS manual, Container, VETH, Disks.

import type { Fault } from "../../base/fault.ts";
import { refuse } from "./errors.ts";
import { nameServer, settleAll } from "./links.ts";
import { addRow, dropRow, type Fields, fieldsOf, isTrue, type Row } from "./rows.ts";
import type { World } from "./world.ts";

const MENU = "/container";
const EXTRACT_MS = 3_000;
const STOP_MS = 1_500;

type State = "extracting" | "stopped" | "running" | "stopping";

const stateOf = (row: Row): string =>
  row.fields.get("~state") ?? (isTrue(row.fields, "running") ? "running" : "stopped");

/** Older releases say it in one field, newer ones in a flag each. */
function show(world: World, fields: Fields, state: State): void {
  fields.set("~state", state);
  const names = world.tree.menu(MENU)?.args("add") ?? [];
  if (!names.some((f) => f.name === "envlists")) {
    fields.set("status", state);
    return;
  }
  for (const flag of ["stopped", "running", "extracting", "stopping"]) fields.set(flag, String(flag === state));
}

function settleVeths(world: World): void {
  const used = world.rows(MENU).filter((r) => stateOf(r) === "running" || stateOf(r) === "stopping");
  const names = new Set(used.flatMap((r) => (r.fields.get("interface") ?? "").split(",")));
  for (const row of world.rows("/interface/veth")) {
    if (names.has(row.fields.get("name") ?? "")) row.fields.delete("~down");
    else row.fields.set("~down", "true");
  }
}

function become(world: World, row: Row, state: State): void {
  show(world, row.fields, state);
  settleVeths(world);
  settleAll(world);
}

/** Becomes `state` after a while, unless it is gone by then or something else. */
function later(world: World, row: Row, ms: number, state: State): void {
  const was = stateOf(row);
  world.due.later(ms, () => {
    if (world.table(MENU).rows.includes(row) && stateOf(row) === was) become(world, row, state);
  });
}

const fileNamed = (world: World, name: string): Row | undefined =>
  world.rows("/file").find((r) => r.fields.get("name") === name);

/** A new container: its image must be there, its root is made. */
export function newContainer(world: World, fields: Fields): Fault | null {
  const file = fields.get("file");
  if (file !== undefined && fileNamed(world, file) === undefined) return refuse(400, "failure: image file not found");
  if (file === undefined && !fields.has("remote-image")) return refuse(400, "failure: specify file or remote-image");
  const root = fields.get("root-dir") ?? "";
  const slot = root.split("/")[0] ?? "";
  if (root.includes("/") && !isDisk(world, slot)) return refuse(400, "failure: root-dir not found");
  show(world, fields, "extracting");
  if (root !== "") {
    addRow(world.table("/file"), fieldsOf({ name: root, type: "container store", "last-modified": world.stamp() }));
  }
  return null;
}

const isDisk = (world: World, slot: string): boolean =>
  slot === "flash" || world.rows("/disk").some((r) => r.fields.get("slot") === slot);

/** What goes on when its row stands. */
export function extract(world: World, row: Row): void {
  later(world, row, EXTRACT_MS, "stopped");
}

/** Its root goes with it. */
export function dropRoot(world: World, row: Row): void {
  const root = fileNamed(world, row.fields.get("root-dir") ?? "");
  if (root !== undefined) dropRow(world.table("/file"), root.id);
}

/** Null when a container may be removed. */
export function keepsContainer(row: Row): Fault | null {
  return stateOf(row) === "stopped" ? null : refuse(400, "failure: container is not stopped");
}

/** Makes one run at once, whatever its image. */
export function wake(world: World, row: Row): void {
  become(world, row, "running");
}

/** `start` of one. */
export function startContainer(world: World, row: Row): Fault | null {
  const root = row.fields.get("root-dir") ?? "";
  if (stateOf(row) !== "stopped") return refuse(400, `failure: container is ${stateOf(row)}`);
  if (root !== "" && fileNamed(world, root) === undefined) return refuse(400, "failure: root-dir not found");
  if (nameServer(world) === undefined && (row.fields.get("dns") ?? "") === "")
    return refuse(400, "failure: no dns servers");
  become(world, row, "running");
  return null;
}

/** `stop` of one: it takes a moment. */
export function stopContainer(world: World, row: Row): Fault | null {
  if (stateOf(row) !== "running") return refuse(400, "failure: container is not running");
  become(world, row, "stopping");
  later(world, row, STOP_MS, "stopped");
  return null;
}

/** A RAM disk, which is there at once. */
export function newDisk(world: World, fields: Fields): void {
  const slot = fields.get("slot");
  if (slot === undefined) return;
  fields.set("mounted", "true");
  addRow(world.table("/file"), fieldsOf({ name: slot, type: "disk", "last-modified": world.stamp() }));
}

/** A disk that is gone takes its files along. */
export function dropDisk(world: World, row: Row): void {
  empty(world, row.fields.get("slot") ?? "", true);
}

function empty(world: World, slot: string, withIt: boolean): void {
  const table = world.table("/file");
  for (const { id, fields } of [...table.rows]) {
    const name = fields.get("name") ?? "";
    if (name.startsWith(`${slot}/`) || (withIt && name === slot)) dropRow(table, id);
  }
}

/** A file that somebody wrote. */
export function newFile(world: World, fields: Fields): void {
  fields.set("type", fields.get("type") ?? "file");
  fields.set("size", String((fields.get("contents") ?? "").length));
  fields.set(world.family.called("/file", "last-modified") ?? "creation-time", world.stamp());
}

/** Lets restarts stop the containers, empty RAM disks and start what is to start. */
export function runContainers(world: World): void {
  world.onReboot(() => {
    for (const row of world.rows("/disk"))
      if (row.fields.get("type") === "tmpfs") empty(world, row.fields.get("slot") ?? "", false);
    for (const row of world.rows(MENU)) become(world, row, "stopped");
  });
  world.onStarted(() => {
    for (const row of world.rows(MENU).filter((r) => isTrue(r.fields, "start-on-boot"))) {
      const refused = startContainer(world, row);
      if (refused !== null) world.note("container,error", refused.what);
    }
  });
}
