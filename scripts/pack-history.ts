// The history of RouterOS arguments as lines of the packed command tree.

export interface History {
  versions: string[];
  history: Record<string, Record<string, Array<[first: string, last: string | null]>>>;
}

/** One line a command with changes: `@path`, then `name=first-last,…`, releases by their place in base 36. */
export function packHistory(from: History): string[] {
  const at = (release: string): string => {
    const place = from.versions.indexOf(release);
    if (place < 0) throw new Error(`unknown release ${release}`);
    return place.toString(36);
  };
  const spans = (all: Array<[string, string | null]>): string =>
    all.map(([first, last]) => `${at(first)}-${last === null ? "" : at(last)}`).join(",");
  const lines = Object.entries(from.history).map(
    ([path, names]) =>
      `@${path}\t${Object.entries(names)
        .map(([name, all]) => `${name}=${spans(all)}`)
        .join(" ")}`,
  );
  return lines.sort((a, b) => ((a.split("\t")[0] ?? "") < (b.split("\t")[0] ?? "") ? -1 : 1));
}
