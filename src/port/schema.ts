// A zod/mini schema that yields T: how every outside value is parsed.

import type * as z from "zod/mini";

export type Schema<T> = z.ZodMiniType<T>;
