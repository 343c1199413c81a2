// How every outside value is parsed: a function that makes the zod/mini schema when it is needed.
// One takes some 2 KB of a router's memory, and there are hundreds that most runs never need.

import type * as z from "zod/mini";
import { SCHEMAS_KEPT_MAX } from "../base/limits.ts";
import { keeping } from "../base/table.ts";

export type Schema<T> = () => z.ZodMiniType<T>;

const kept = keeping<z.ZodMiniType, () => z.ZodMiniType>(SCHEMAS_KEPT_MAX);

/** The schema of `make`; those used last are not made again. */
export function schemaOf<S extends z.ZodMiniType>(make: () => S): S {
  return kept(make, make) as S;
}
