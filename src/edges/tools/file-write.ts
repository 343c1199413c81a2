// Writes text files of the workspace. A file has its old or its new content, whole, whatever
// happens; the path is checked by the Files port and again by the host.

import * as z from "zod/mini";
import { concat } from "../../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import { FILE_WRITE_BYTES_MAX, TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { checkPath } from "../../port/bridge-files.ts";
import type { Files } from "../../port/host.ts";
import type { Tool } from "../../port/tool.ts";

interface Args {
  path: string;
  content: string;
  append?: boolean | undefined;
}

/** `file_write`: makes, replaces or lengthens a workspace file. */
export const fileWrite: Tool<Args> = {
  name: "file_write",
  purpose:
    "Writes a text file of the workspace: replaces it, or adds to its end with append true. Paths are relative; missing folders are made. For notes and reports, not for router settings.",
  args: () =>
    z.strictObject({
      path: z.string().check(z.minLength(1), z.maxLength(1_024)),
      content: z.string(),
      append: z.optional(z.boolean()),
    }),
  effect: "write",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(s, kit, { path, content, append = false }) {
    if (kit.files === undefined) {
      return fault("missing", "No workspace is mounted, so nothing can be written.", {
        code: "no_workspace",
        next: "Set MIKROCLAW_WORKSPACE to a folder.",
      });
    }
    // Before any folder is made for it.
    const bad = checkPath(path);
    if (bad !== null) return bad;
    const bytes = encodeUtf8(content);
    if (bytes.length > FILE_WRITE_BYTES_MAX) return tooLarge(bytes.length);
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    const made = folder === "" ? undefined : await kit.files.folder(s, folder);
    if (isFault(made)) return made;
    const written = append ? await lengthen(s, kit.files, path, bytes) : await kit.files.replace(s, path, bytes);
    if (isFault(written)) return written;
    return { text: `${append ? "Added" : "Wrote"} ${bytes.length} bytes ${append ? "to" : "as"} "${path}".` };
  },
};

function tooLarge(bytes: number): Fault {
  return fault("limit", `That would be ${bytes} bytes; a file may have ${FILE_WRITE_BYTES_MAX}. Nothing was written.`);
}

/** The whole with `bytes` at its end, written anew: a plain append could leave half of them on a full disk. */
async function lengthen(s: Scope, files: Files, path: string, bytes: Uint8Array): Wait<void> {
  const stat = await files.stat(s, path);
  if (isFault(stat)) return stat.fault === "missing" ? files.replace(s, path, bytes) : stat;
  if (stat.kind !== "file") return fault("denied", `"${path}" is not a plain file.`);
  if (stat.bytes + bytes.length > FILE_WRITE_BYTES_MAX) return tooLarge(stat.bytes + bytes.length);
  const before = await files.read(s, path, FILE_WRITE_BYTES_MAX + 1);
  if (isFault(before)) return before;
  if (before.length + bytes.length > FILE_WRITE_BYTES_MAX) return tooLarge(before.length + bytes.length);
  return files.replace(s, path, concat([before, bytes]));
}
