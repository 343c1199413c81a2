// /approve and /deny: the same as the buttons under a plan.

import { approve, deny } from "../approve.ts";
import type { Command } from "../command-kit.ts";

export const approveCommand: Command = {
  name: "approve",
  usage: "[ID]",
  purpose: "apply the plan that is waiting",
  run: (s, ctx, args) => approve(s, ctx, args),
};

export const denyCommand: Command = {
  name: "deny",
  usage: "[ID]",
  purpose: "refuse the plan that is waiting",
  run: (s, ctx, args) => deny(s, ctx, args),
};
