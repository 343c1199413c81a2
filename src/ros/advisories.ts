// Known vulnerabilities and changes of RouterOS 7.10 and newer, as data. Only what a source
// says; not complete. Sources: NVD (CVE-2024-54772, CVE-2025-10948) with Greenbone's checks
// for them; MikroTik change logs and command trees of 48 releases.

export interface Advisory {
  readonly id: string;
  /** Year and month. */
  readonly published: string;
  /** The first release with it, and the first one without. */
  readonly since: string;
  readonly fixed: string;
  readonly what: string;
  /** What helps until then. */
  readonly until: string;
}

export const ADVISORIES: readonly Advisory[] = [
  {
    id: "CVE-2025-10948",
    published: "2025-09",
    since: "7.0",
    fixed: "7.20.1",
    what: "Whoever can log in to REST may take over the router by a prepared JSON text.",
    until: "Let www and www-ssl answer only to addresses that need them.",
  },
  {
    id: "CVE-2024-54772",
    published: "2025-02",
    since: "7.1",
    fixed: "7.18",
    what: "Whoever reaches WinBox can find out which user names exist.",
    until: "Close WinBox (8291) to the internet.",
  },
];

/** Releases at which something must be thought of when crossing them. */
export const CROSSINGS: ReadonlyArray<readonly [release: string, what: string]> = [
  [
    "7.13",
    "Wi-Fi drivers become packages (wireless, wifi-qcom, wifi-qcom-ac): without the right one there is no Wi-Fi.",
  ],
  ["7.17", "Device-mode gets new modes and allowed-versions, which may forbid to go back."],
  ["7.20", "Containers: variables and interfaces are named anew; look that they start."],
  ["7.21", "Containers: mounts are named anew."],
  ["7.22", "Some container images lose their start command: set entrypoint."],
  ["7.23", "Updates come over https (TCP 443) with a checked certificate: the clock must be right."],
];

/** The newest releases when this list was made. */
export const NEWEST = { stable: "7.24.5", "long-term": "7.23.7" } as const;
