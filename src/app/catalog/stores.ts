// One line a store.
export { makeRamStore } from "../../edges/store/ram.ts";
