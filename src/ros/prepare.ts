// From an intent to exact calls: reads the rows concerned, so that each change knows its
// ids, its before-values and its inverse. Nothing is changed here.
// Facts: MikroTik manual, REST API; undo rules from its Configuration Management page.

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { RosRow } from "../port/router.ts";
import { type Asking, changeable, labelOf, placeOf, settable } from "./find-rows.ts";
import type { Intent } from "./intent.ts";
import type { RestCall } from "./rest.ts";
import { type Before, changedFields, type Step } from "./step.ts";

const bodyOf = (before: Before): Record<string, string> =>
  Object.fromEntries(
    Object.entries(before).map(([name, value]) => (value === null ? [`!${name}`, ""] : [name, value])),
  );

async function prepareAdd(s: Scope, a: Asking, i: Extract<Intent, { do: "add" }>): Wait<readonly Step[]> {
  const place = await placeOf(s, a, i.menu, i.before);
  if (isFault(place)) return place;
  const body = place === null ? i.values : { ...i.values, "place-before": place.id };
  const call: RestCall = { method: "PUT", path: i.menu, body };
  const step = {
    call,
    menu: i.menu,
    id: null,
    label: "",
    before: {},
    after: i.values,
    kind: "add",
    undo: null,
  } as const;
  return [place === null ? step : { ...step, place }];
}

function setStep(i: Extract<Intent, { do: "set" }>, row: RosRow, single: boolean): Step {
  const id = single ? null : (row[".id"] ?? "");
  const names = [...Object.keys(i.values), ...i.unset];
  const before: Before = Object.fromEntries(names.map((n) => [n, row[n] ?? null]));
  const after: Before = Object.fromEntries(names.map((n) => [n, i.values[n] ?? null]));
  const to = (body: Record<string, string>): RestCall =>
    id === null ? { method: "POST", path: `${i.menu}/set`, body } : { method: "PATCH", path: `${i.menu}/${id}`, body };
  const label = single ? "" : labelOf(i.menu, row);
  return {
    call: to(bodyOf(after)),
    menu: i.menu,
    id,
    label,
    before,
    after,
    kind: "set",
    undo: to(bodyOf(before)),
    ...(single ? {} : { row }),
  };
}

/** Leases that an earlier command of the same line makes static. */
const staticBy = (earlier: readonly Step[], id: string | undefined): boolean =>
  earlier.some((step) => step.id === id && step.before["dynamic"] === "true" && step.after?.["dynamic"] === "false");

async function prepareSet(
  s: Scope,
  a: Asking,
  i: Extract<Intent, { do: "set" }>,
  earlier: readonly Step[],
): Wait<readonly Step[]> {
  if (i.target === null) {
    const rows = await a.rest.rows(s, { method: "GET", path: i.menu });
    if (isFault(rows)) return rows;
    const [row, more] = rows;
    if (row === undefined || more !== undefined)
      return fault("input", `${i.menu} holds entries: say which one.`, { next: `Look with ${i.menu}/print.` });
    return changingOnly(i.menu, [setStep(i, row, true)]);
  }
  const rows = await changeable(s, a, i.menu, i.target);
  if (isFault(rows)) return rows;
  const dynamic = rows.find((r) => r["dynamic"] === "true" && !staticBy(earlier, r[".id"]));
  if (dynamic !== undefined) {
    const next =
      i.menu === "/ip/dhcp-server/lease"
        ? `Make it static first: ${i.menu}/make-static ${dynamic[".id"] ?? ""}`
        : "Change what makes it, or add a static one.";
    return fault(
      "denied",
      `${labelOf(i.menu, dynamic) || (dynamic[".id"] ?? "")} in ${i.menu} is dynamic and cannot be changed.`,
      { next },
    );
  }
  return changingOnly(
    i.menu,
    rows.map((row) => setStep(i, row, false)),
  );
}

/** Steps that would change something; `conflict` when there are none. */
function changingOnly(menu: string, steps: readonly Step[]): Outcome<readonly Step[]> {
  const real = steps.filter((s) => changedFields(s).length > 0);
  return real.length > 0 ? real : fault("conflict", `Nothing to do: ${menu} is like this already.`);
}

async function prepareRemove(s: Scope, a: Asking, i: Extract<Intent, { do: "remove" }>): Wait<readonly Step[]> {
  const rows = await changeable(s, a, i.menu, i.target);
  if (isFault(rows)) return rows;
  const fixed = rows.find((r) => r["default"] === "true" || r["builtin"] === "true");
  if (fixed !== undefined)
    return fault("denied", `${labelOf(i.menu, fixed)} in ${i.menu} is built in and cannot be removed.`);
  const order = a.tree.menu(i.menu)?.ordered === true ? await orderOf(s, a, i.menu) : [];
  if (isFault(order)) return order;
  const gone = new Set(rows.map((r) => r[".id"]));
  // Last row first: what stands behind a row is still there when it is put back.
  return [...rows].reverse().map((row) => {
    const id = row[".id"] ?? "";
    const before = settable(a, i.menu, row).values;
    const next = order.slice(order.indexOf(id) + 1).find((other) => !gone.has(other));
    const place = next !== undefined && order.includes(id) ? { "place-before": next } : {};
    // Who is in a list for a time can be put there again.
    const isPassing = row["dynamic"] === "true" && !(i.menu.endsWith("/address-list") && row["timeout"] !== undefined);
    const undo: RestCall | null = isPassing ? null : { method: "PUT", path: i.menu, body: { ...before, ...place } };
    const call: RestCall = { method: "DELETE", path: `${i.menu}/${id}` };
    return { call, menu: i.menu, id, label: labelOf(i.menu, row), before, after: null, kind: "remove", undo, row };
  });
}

/** Ids of a menu in their order. */
export async function orderOf(s: Scope, a: Pick<Asking, "rest">, menu: string): Wait<readonly string[]> {
  const rows = await a.rest.rows(s, { method: "GET", path: menu, query: { ".proplist": ".id" } });
  return isFault(rows) ? rows : rows.map((r) => r[".id"] ?? "");
}

async function prepareMove(
  s: Scope,
  a: Asking,
  i: Extract<Intent, { do: "move" }>,
  earlier: readonly Step[],
): Wait<readonly Step[]> {
  // Its way back is a place between others, which must still be there.
  if (earlier.some((step) => step.menu === i.menu && step.kind !== "set"))
    return fault("input", `Moving in ${i.menu} depends on what this line does there before.`, {
      next: "Send the move by itself, after the rest.",
    });
  const rows = await changeable(s, a, i.menu, i.target);
  if (isFault(rows)) return rows;
  const found = await placeOf(s, a, i.menu, i.before);
  if (isFault(found)) return found;
  const place = found?.id ?? null;
  const order = await orderOf(s, a, i.menu);
  if (isFault(order)) return order;
  const moving = rows.map((r) => r[".id"] ?? "");
  if (place !== null && moving.includes(place)) return fault("input", "An entry cannot be put before itself.");
  const to = (id: string, before: string | null): RestCall => ({
    method: "POST",
    path: `${i.menu}/move`,
    body: before === null ? { ".id": id } : { ".id": id, destination: before },
  });
  const steps = rows.map((row, at): Step => {
    const id = moving[at] ?? "";
    // Undone in reverse order, so each goes before what stood behind it at first.
    const next = order[order.indexOf(id) + 1] ?? null;
    return {
      call: to(id, place),
      menu: i.menu,
      id,
      label: labelOf(i.menu, row),
      before: { before: next },
      after: { before: place },
      kind: "move",
      row,
      ...(found === null ? {} : { place: found }),
      undo: to(id, next),
    };
  });
  return changingOnly(i.menu, steps);
}

async function prepareAct(s: Scope, a: Asking, i: Extract<Intent, { do: "act" }>): Wait<readonly Step[]> {
  const path = `${i.menu}/${i.verb}`;
  const answers = i.action.answers === true;
  const step = { menu: i.menu, kind: "act", after: null, undo: null, answers } as const;
  if (i.target === null) {
    const call: RestCall = { method: "POST", path, body: i.body };
    return [{ ...step, call, id: null, label: "", before: {}, drops: i.action.drops === true }];
  }
  const rows = await changeable(s, a, i.menu, i.target);
  if (isFault(rows)) return rows;
  const makesStatic = path === "/ip/dhcp-server/lease/make-static";
  if (makesStatic && rows.some((r) => r["dynamic"] !== "true"))
    return fault("conflict", "This lease is static already.");
  return rows.map((row) => {
    const id = row[".id"] ?? "";
    const call: RestCall = { method: "POST", path, body: { ...i.body, [i.rows]: id } };
    if (!makesStatic) return { ...step, call, id, label: labelOf(i.menu, row), before: {}, row };
    // Without its static row the device gets a dynamic lease again.
    const undo: RestCall = { method: "DELETE", path: `${i.menu}/${id}` };
    return {
      ...step,
      call,
      id,
      label: labelOf(i.menu, row),
      before: { dynamic: "true" },
      after: { dynamic: "false" },
      undo,
      row,
    };
  });
}

/** The calls that a change makes, with before-values and inverse; `earlier` ones of the line come first. */
export async function prepare(s: Scope, a: Asking, i: Intent, earlier: readonly Step[] = []): Wait<readonly Step[]> {
  const steps = await stepsOf(s, a, i, earlier);
  if (isFault(steps)) return steps;
  return steps.map((step) => (step.row === undefined ? step : { ...step, own: settable(a, i.menu, step.row) }));
}

function stepsOf(s: Scope, a: Asking, i: Intent, earlier: readonly Step[]): Wait<readonly Step[]> {
  switch (i.do) {
    case "add":
      return prepareAdd(s, a, i);
    case "set":
      return prepareSet(s, a, i, earlier);
    case "remove":
      return prepareRemove(s, a, i);
    case "move":
      return prepareMove(s, a, i, earlier);
    case "act":
      return prepareAct(s, a, i);
    case "print":
      return Promise.resolve<Outcome<readonly Step[]>>([]);
  }
}
