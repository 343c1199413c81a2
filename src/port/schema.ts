// How every outside value is parsed: a function that makes the zod/mini schema when it is needed.
// One takes some 2 KB of a router's memory, and there are hundreds that most runs never need.

import type * as z from "zod/mini";

export type Schema<T> = () => z.ZodMiniType<T>;
