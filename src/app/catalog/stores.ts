// One line a store.
export { makeRamStore as ram } from "../../edges/store/ram.ts";
