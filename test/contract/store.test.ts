// Every store keeps the same promises.

import { makeRamStore } from "../../src/edges/store/ram.ts";
import { storeSuite } from "./store-suite.ts";

storeSuite("ram", async () => ({ store: makeRamStore(), end: async () => undefined }));
