// One line a typed task.
export { lease } from "../../ros/tasks/lease.ts";
