// A typed read (menu and exact matches) as the intent that the console's print makes.

import { fault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";
import type { CommandTree } from "./commands.ts";
import type { Expr } from "./expr.ts";
import { type Intent, secretCondition } from "./intent.ts";
import { isSecretField } from "./mask.ts";
import { withOlderNames } from "./releases.ts";

/** Exact matches joined by "and". */
function exprOf(where: Readonly<Record<string, string>>): Expr | null {
  return Object.entries(where).reduce<Expr | null>((left, [field, value]) => {
    const right: Expr = { op: "compare", field, by: "=", value };
    return left === null ? right : { op: "and", left, right };
  }, null);
}

/** The intent of a typed read; faults for unknown menus and secret conditions. */
export function printIntent(tree: CommandTree, path: string, where: Readonly<Record<string, string>>): Outcome<Intent> {
  const menu = `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
  // Older routers have some menus under other names.
  const known = menu === "/" ? null : withOlderNames(tree).menu(menu);
  if (known === null || !(known.commands.includes("print") || known.approx)) {
    const up = menu.slice(0, Math.max(1, menu.lastIndexOf("/")));
    const names = [...tree.children(menu), ...tree.children(up)].map((n) => `${up === "/" ? "" : up}/${n}`);
    const near = nearest(menu, names, 3);
    return fault(
      "input",
      `There is no menu ${menu} to print.`,
      near.length === 0 ? {} : { next: `Did you mean ${near.join(", ")}?` },
    );
  }
  const hidden = Object.keys(where).find((f) => isSecretField(menu, f));
  if (hidden !== undefined) return secretCondition(hidden);
  return { do: "print", menu, where: exprOf(where), only: null, props: null, shape: "rows" };
}
