// One line a store.
export { ram } from "../../edges/store/ram.ts";
