// Rows of menus for tasks and commands: what a router does not have (no Wi-Fi, older
// release) is no row, and what its user may not read is named.

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import { REST_ROWS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { RosRow, Router } from "../port/router.ts";

/** The part of the router that only looks. */
export type Reader = Pick<Router, "print" | "look" | "facts">;

const isAbsent = (f: Fault): boolean => (f.fault === "missing" || f.fault === "input") && f.code !== "no_router";

/** Rows, or none where this router has no such menu (no Wi-Fi, older package). */
export async function rowsIfAny(s: Scope, r: Pick<Reader, "print">, menu: string): Wait<readonly RosRow[]> {
  const rows = await r.print(s, menu, {}, REST_ROWS_MAX);
  return isFault(rows) && isAbsent(rows) ? [] : rows;
}

/** The rows of a menu that was read. */
export type RowsOf = (menu: string) => readonly RosRow[];

/** Reads for one answer; menus that this user may not read count as empty and are told. */
export interface Survey {
  rows(s: Scope, menu: string): Wait<readonly RosRow[]>;
  /** Several menus, one after another; gives the rows of each of them. */
  all(s: Scope, menus: readonly string[]): Wait<RowsOf>;
  /** Rows of a command that looks; null where it did not work. */
  look(s: Scope, command: string): Wait<readonly RosRow[] | null>;
  /** True when this menu could not be read, so that no rows of it mean nothing. */
  isUnread(menu: string): boolean;
  /** A sentence about what could not be read; nothing when all could. */
  gaps(): string[];
}

const isOurs = (f: Fault): boolean => f.fault === "denied" || f.fault === "failed" || f.fault === "conflict";

/** Reads that go on where a menu is absent or refused; only a lost router or a stop ends them. */
export function survey(r: Reader): Survey {
  const unread = new Set<string>();
  const rows = async (s: Scope, menu: string): Wait<readonly RosRow[]> => {
    const got = await rowsIfAny(s, r, menu);
    if (!isFault(got) || !isOurs(got)) return got;
    unread.add(menu);
    return [];
  };
  return {
    rows,
    async all(s, menus) {
      const found = new Map<string, readonly RosRow[]>();
      for (const menu of menus) {
        const got = await rows(s, menu);
        if (isFault(got)) return got;
        found.set(menu, got);
      }
      return (menu) => found.get(menu) ?? [];
    },
    async look(s, command) {
      const got = await r.look(s, command);
      if (!isFault(got)) return got;
      if (!isAbsent(got) && !isOurs(got)) return got;
      if (got.fault === "denied") unread.add(command);
      return null;
    },
    isUnread: (menu) => unread.has(menu),
    gaps: () =>
      unread.size === 0
        ? []
        : [
            `Not readable here (a policy of the router's user, or ROUTEROS_SCOPE), so not judged: ${[...unread].join(", ")}.`,
          ],
  };
}

/** A switch of RouterOS that is on. */
export const isOn = (value: string | undefined): boolean => value === "true" || value === "yes";
