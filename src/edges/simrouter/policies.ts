// The policies of user groups, in RouterOS's order (manual: User).

const ALL_POLICIES =
  "local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon,rest-api".split(
    ",",
  );

/** True for the name of a policy. */
export const isPolicy = (word: string): boolean => ALL_POLICIES.includes(word);

/** A policy list as RouterOS shows it: what is not granted carries a "!" and comes last. */
export function policyList(granted: readonly string[]): string {
  const has = new Set(granted);
  return [
    ...ALL_POLICIES.filter((p) => has.has(p)),
    ...ALL_POLICIES.filter((p) => !has.has(p)).map((p) => `!${p}`),
  ].join(",");
}
