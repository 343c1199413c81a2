// One line a typed task.
export { block } from "../../ros/tasks/block.ts";
export { find } from "../../ros/tasks/find.ts";
export { lease } from "../../ros/tasks/lease.ts";
export { portForward } from "../../ros/tasks/port-forward.ts";
export { slow } from "../../ros/tasks/slow.ts";
export { unblock } from "../../ros/tasks/unblock.ts";
