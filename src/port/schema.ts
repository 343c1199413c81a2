// How every outside value is parsed: a function that makes the zod/mini schema when it is needed.
// One takes some 2 KB of a router's memory, and there are hundreds that most runs never need.

import type * as z from "zod/mini";
import { SCHEMAS_KEPT_MAX } from "../base/limits.ts";

export type Schema<T> = () => z.ZodMiniType<T>;

const kept = new Map<() => z.ZodMiniType, z.ZodMiniType>();

/** The schema of `make`; those used last are not made again. */
export function schemaOf<S extends z.ZodMiniType>(make: () => S): S {
  // The value of a key is what its function returned.
  const schema = (kept.get(make) ?? make()) as S;
  kept.delete(make);
  kept.set(make, schema);
  const [oldest] = kept.keys();
  if (kept.size > SCHEMAS_KEPT_MAX && oldest !== undefined) kept.delete(oldest);
  return schema;
}
