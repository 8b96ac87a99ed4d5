import type { DeployRecord, VerifiedRelease } from './record.ts';

const maxEarlier = 30;

/** Returns the releases that deploys verified, as far as records name them, newest first. */
export function verifiedReleases(records: readonly DeployRecord[]): VerifiedRelease[] {
  const found = new Map<string, VerifiedRelease>();
  for (const { result, release, releaseId, commit, earlier = [] } of records) {
    const own = { release, ...(releaseId ? { releaseId } : {}), ...(commit ? { commit } : {}) };
    for (const each of result === 'verified' ? [own, ...earlier] : earlier) {
      const key = each.releaseId ?? `v${each.release}`;
      if (!found.has(key)) found.set(key, each);
    }
  }
  return [...found.values()].toSorted((a, b) => b.release - a.release);
}

/** Returns what a new record says of the deploys before it: the 30 newest that were verified. */
export function earlierOf(records: readonly DeployRecord[], release: number): Pick<DeployRecord, 'earlier'> {
  const earlier = verifiedReleases(records)
    .filter((each) => each.release < release)
    .slice(0, maxEarlier);
  return earlier.length > 0 ? { earlier } : {};
}
