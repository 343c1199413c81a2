// /backup keeps a masked snapshot, in the workspace where there is one, else in memory. For
// people and /compare; it is not an import script.

import { isFault, sayFault } from "../../base/fault.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import type { Task } from "../../port/task.ts";
import { remember, takeSnapshot } from "./snapshot.ts";

/** `/backup` */
export const backup: Task<never> = {
  name: "backup",
  purpose: "keep a readable snapshot of the configuration, secrets masked",
  args: {},
  needs: [],
  effect: "read",
  async run(s, kit) {
    const made = await takeSnapshot(s, kit);
    if (isFault(made)) return made;
    const what = `Snapshot of ${made.menus} menus.`;
    const later =
      "/compare tells later what is different. It restores nothing: for that, /system/backup/save on the router.";
    const written = kit.files === undefined ? null : await kit.files.replace(s, made.name, encodeUtf8(made.text));
    if (written === undefined) return { text: `${what} Written to the workspace as ${made.name}. ${later}` };
    remember(kit, made);
    const why =
      written === null
        ? "No workspace is there, so it is only in this message and, until a restart, in memory."
        : `It could not be written to the workspace: ${sayFault(written)}`;
    return { text: `${what} ${why} ${later}\n\n${made.text}` };
  },
};
