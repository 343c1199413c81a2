// The one suite of all dialects.

import { phenomena } from "./provider-phenomena.ts";
import { WIRES } from "./provider-wires.ts";

for (const wire of WIRES) phenomena(wire);
