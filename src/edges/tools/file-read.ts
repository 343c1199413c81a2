// Reads text files and lists folders of the workspace. The path is checked by the Files port
// and again by the host beneath its directory handle; nothing else can be reached.

import * as z from "zod/mini";
import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import { FILE_NAMES_SHOWN_MAX, FILE_READ_BYTES_MAX, TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { Files } from "../../port/host.ts";
import type { Tool, ToolKit, ToolResult } from "../../port/tool.ts";

interface Args {
  path: string;
  offset?: number | undefined;
}

/** Bytes of one piece; the rest of the output's bound is for the line about the next piece. */
const PIECE_BYTES = TOOL_OUT_BYTES_MAX - 192;

/** `file_read`: text of a workspace file, or the names in a folder. */
export const fileRead: Tool<Args> = {
  name: "file_read",
  purpose:
    'Reads a text file of the workspace, or lists a folder ("." is the workspace itself). Paths are relative. Long files come in pieces: go on with the "offset" that the answer names.',
  args: () =>
    z.strictObject({
      path: z.string().check(z.maxLength(1_024)),
      offset: z.optional(z.int().check(z.minimum(0), z.maximum(FILE_READ_BYTES_MAX))),
    }),
  effect: "read",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(s, kit, { path, offset = 0 }) {
    const files = workspace(kit);
    if (isFault(files)) return files;
    if (path === "" || path === ".") return listFolder(s, files, "");
    const stat = await files.stat(s, path);
    if (isFault(stat)) return explain(stat, path);
    if (stat.kind === "folder") return listFolder(s, files, path);
    if (stat.kind !== "file") return fault("denied", `"${path}" is neither a plain file nor a folder.`);
    if (stat.bytes > FILE_READ_BYTES_MAX) {
      return fault(
        "limit",
        `"${path}" has ${stat.bytes} bytes; files of at most ${FILE_READ_BYTES_MAX} bytes can be read.`,
      );
    }
    const bytes = await files.read(s, path, FILE_READ_BYTES_MAX);
    return isFault(bytes) ? explain(bytes, path) : readPiece(path, bytes, offset);
  },
};

/** The workspace, or the sentence that there is none. */
function workspace(kit: ToolKit): Files | Fault {
  return (
    kit.files ??
    fault("missing", "No workspace is mounted, so there are no files to read.", {
      code: "no_workspace",
      next: "Set MIKROCLAW_WORKSPACE to a folder.",
    })
  );
}

function explain(f: Fault, path: string): Fault {
  if (f.fault === "missing")
    return fault("missing", `There is no "${path}" in the workspace.`, { next: 'List the folder first: path "."' });
  return f;
}

async function listFolder(s: Scope, files: Files, path: string): Wait<ToolResult> {
  const names = await files.list(s, path, FILE_NAMES_SHOWN_MAX + 1);
  if (isFault(names)) return explain(names, path);
  if (names.length === 0) return { text: "The folder is empty." };
  const more = names.length > FILE_NAMES_SHOWN_MAX ? [`(more than ${FILE_NAMES_SHOWN_MAX} names)`] : [];
  return { text: [...names.slice(0, FILE_NAMES_SHOWN_MAX), ...more].join("\n") };
}

function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** A piece that begins and ends between characters. */
function readPiece(path: string, bytes: Uint8Array, offset: number): ToolResult | Fault {
  if (bytes.includes(0)) return fault("input", `"${path}" is not a text file.`);
  if (bytes.length === 0) return { text: "The file is empty." };
  if (offset >= bytes.length)
    return fault("input", `"${path}" ends at byte ${bytes.length}.`, { next: "Use a smaller offset." });
  let start = offset;
  while (start > 0 && isInside(bytes[start])) start -= 1;
  let end = Math.min(bytes.length, start + PIECE_BYTES);
  while (end > start && isInside(bytes[end])) end -= 1;
  const text = decodeUtf8(bytes.subarray(start, end));
  if (end === bytes.length) return { text };
  return { text: `${text}\n(bytes ${start} to ${end} of ${bytes.length}; go on with offset ${end})` };
}
