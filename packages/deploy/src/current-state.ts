import type { App, HerokuClient, Release } from '@tozo/heroku-client';
import { type Digest, shortDigest } from '@tozo/registry-pusher';

/** What there is before a deploy. Config var values stay in here; nothing prints this. */
export interface CurrentState {
  readonly app: { readonly name: string; readonly webUrl: string | null };
  readonly configVars: Readonly<Record<string, string>>;
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  readonly release?: Release;
  /** The highest release version there is, current or not; 0 when there is none. */
  readonly newestVersion: number;
  /** The image under the tag `latest`, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
  readonly running: RunningImages;
}

/**
 * Which images run. The API's public schema does not tell; a release's description does, in short, so it is known only
 * where that agrees with what the registry holds.
 */
export type RunningImages =
  | { readonly kind: 'known'; readonly images: Readonly<Record<string, Digest>> }
  | { readonly kind: 'unknown'; readonly reason: string };

const releasesLookedAt = 30;

/** Reads what runs now; the registry's part was read before, since the builder needs it first. */
export async function readCurrentState(
  heroku: HerokuClient,
  app: App,
  registry: Readonly<Record<string, Digest>>,
  options: { signal?: AbortSignal } = {},
): Promise<CurrentState> {
  const [configVars, formation, releases] = await Promise.all([
    heroku.configVars.get(app.name, options),
    heroku.formation.list(app.name, options),
    recentReleases(heroku, app.name, options),
  ]);
  const release = releases.find((candidate) => candidate.current);
  return {
    app: { name: app.name, webUrl: app.webUrl },
    configVars,
    formation: Object.fromEntries(formation.map(({ type, quantity }) => [type, quantity])),
    ...(release ? { release } : {}),
    newestVersion: releases[0]?.version ?? 0,
    registry,
    running: runningImages(releases, registry),
  };
}

/** The newest release, whatever its status. */
export async function newestRelease(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal } = {},
): Promise<Release | undefined> {
  return (await recentReleases(heroku, app, options, 1))[0];
}

/** Newest first. */
async function recentReleases(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal },
  most = releasesLookedAt,
): Promise<Release[]> {
  const releases: Release[] = [];
  for await (const release of heroku.releases.list(app, { max: most, ...options })) {
    releases.push(release);
    if (releases.length >= most) break;
  }
  return releases;
}

/**
 * Finds the images of the current release: its own description's, or, for a config change or a rollback, those of the
 * release that it took over.
 */
export function runningImages(releases: readonly Release[], registry: Readonly<Record<string, Digest>>): RunningImages {
  const current = releases.find((release) => release.current);
  if (!current) return { kind: 'unknown', reason: 'no release is current' };
  const source = imageRelease(releases, current);
  if (!source) return { kind: 'unknown', reason: `no image is named in the releases up to v${current.version}` };
  const named = imageIds(source);
  const matching = Object.entries(registry).filter(([, imageId]) => named.includes(shortDigest(imageId)));
  if (named.length === 0 || matching.length === 0) {
    return { kind: 'unknown', reason: `the images of v${source.version} are not the registry's newest` };
  }
  return { kind: 'known', images: Object.fromEntries(matching) };
}

function imageRelease(releases: readonly Release[], from: Release): Release | undefined {
  let candidate: Release | undefined = from;
  for (let hops = 0; candidate && hops < releases.length; hops += 1) {
    if (imageIds(candidate).length > 0) return candidate;
    candidate = takenOverBy(releases, candidate);
  }
  return undefined;
}

/** `Rollback to v7` names its source; any other release without an image took over the one that ran before it. */
function takenOverBy(releases: readonly Release[], release: Release): Release | undefined {
  const target = /\brollback to v(\d+)/i.exec(release.description)?.[1];
  if (target) return releases.find(({ version }) => version === Number(target));
  return releases
    .filter(({ version, status }) => version < release.version && status === 'succeeded')
    .sort((a, b) => b.version - a.version)[0];
}

function imageIds({ description }: Release): string[] {
  return /^deployed /i.test(description) ? (description.match(/\b[0-9a-f]{12}\b/g) ?? []) : [];
}
