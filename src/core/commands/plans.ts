// /approve, /deny, /keep and /revert: the same as the buttons under a plan.

import { approve, deny } from "../approve.ts";
import type { Command } from "../command-kit.ts";
import { decide } from "../keep.ts";

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

export const keepCommand: Command = {
  name: "keep",
  usage: "[ID]",
  purpose: "make the applied change final",
  run: (s, ctx, args) => decide(s, ctx, args, "keep"),
};

export const revertCommand: Command = {
  name: "revert",
  usage: "[ID]",
  purpose: "take the applied change back",
  run: (s, ctx, args) => decide(s, ctx, args, "revert"),
};
