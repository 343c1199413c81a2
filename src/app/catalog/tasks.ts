// One line a typed task.
export { audit, harden } from "../../ros/tasks/audit.ts";
export { backup, compare } from "../../ros/tasks/backup.ts";
export { ban } from "../../ros/tasks/ban.ts";
export { block } from "../../ros/tasks/block.ts";
export { channel } from "../../ros/tasks/channel.ts";
export { dns } from "../../ros/tasks/dns.ts";
export { failover } from "../../ros/tasks/failover.ts";
export { find } from "../../ros/tasks/find.ts";
export { lease } from "../../ros/tasks/lease.ts";
export { limit } from "../../ros/tasks/limit.ts";
export { portForward } from "../../ros/tasks/port-forward.ts";
export { slow } from "../../ros/tasks/slow.ts";
export { unblock } from "../../ros/tasks/unblock.ts";
export { wireguardPeer } from "../../ros/tasks/wireguard-peer.ts";
