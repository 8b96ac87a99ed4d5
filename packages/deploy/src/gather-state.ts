import type { BuildOutline, BuiltImages, Digest, ImageBuilder, PublishedImage } from './ports.ts';
import type { Run } from './report/run.ts';
import type { Services } from './services.ts';
import { startEarly } from './start-early.ts';
import { type Attempts, openAttempts } from './state/attempts.ts';
import { checkApp } from './state/check-app.ts';
import { checkCiVariables } from './state/ci-variables.ts';
import { type CurrentState, readCurrentState } from './state/current-state.ts';
import { readPreviousImages } from './state/previous-images.ts';
import { type DeployRecords, openRecords } from './state/records/open-records.ts';
import { readAllRecords } from './state/records/match-record.ts';
import { pendingRelease } from './state/releases.ts';
import { buildStep, logTo } from './steps/build.ts';
import { waitForPending } from './steps/follow-release.ts';

/** What exists before a deploy, and what it would release. */
export interface GatheredState {
  readonly previous: PublishedImage | undefined;
  readonly build: BuildOutline | BuiltImages;
  readonly current: CurrentState;
  readonly records: DeployRecords;
  readonly attempts: Attempts;
  /** The digest of each process type's manifest under the tag that deploys move. */
  readonly manifests: Readonly<Record<string, Digest>>;
}

/**
 * Reads from Heroku, GitLab and the registries at the same time, and builds in the meantime if the builder can. If several
 * fail, a problem with the app or the key is reported first.
 */
export async function gatherState(run: Run, services: Services, builder: ImageBuilder): Promise<GatheredState> {
  const { app: name, config, environment, gitlab, target } = run.request;
  const { publisher } = services.images;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(run.signal ? [run.signal] : [])]);
  const records = openRecords({
    app: name,
    target: target.kind,
    registry: { publisher, types: Object.keys(config.processes) },
    ...run.options,
  });
  const attempts = openAttempts({ app: name, target: target.kind });
  try {
    const reading = startEarly(readPreviousImages(publisher, name, config, { signal }));
    const recorded = startEarly(readAllRecords(records));
    const reusable = startEarly(reading.then((images) => images.reusable));
    const options = { previous: reusable, signal, onLog: logTo(run) };
    const early = builder.buildsBeforePlan ? builder.build(options) : builder.buildWithoutRunning?.(options);
    const building = early && startEarly(early);
    const checking = startEarly(checkCiVariables(config, gitlab, { environment, signal }));
    const app = await checkApp(services.heroku, name, run.options);
    for (const text of await checking) run.warn(text);
    const { imageIds, manifests, layers, unknowns } = await reading;
    const known = await recorded;
    const interrupted = await attempts.interrupted();
    const read = (): Promise<CurrentState> =>
      readCurrentState(services.heroku, app, imageIds, {
        records: known,
        ...{ interrupted, storedLayers: layers, unknowns, signal },
      });
    const state = startEarly(read());
    const build = building ? await buildStep(run, builder, () => building) : builder.outline;
    const current = await settled(run, services, await state, read);
    return { previous: await reusable, build, current, records, attempts, manifests };
  } finally {
    stop.abort();
  }
}

/** Waits until no release is pending: what one of a killed deploy, or of someone else, leads to isn't known before. */
async function settled(
  run: Run,
  { heroku }: Services,
  first: CurrentState,
  read: () => Promise<CurrentState>,
): Promise<CurrentState> {
  let current = first;
  for (;;) {
    const pending = pendingRelease(current.releases);
    if (!pending || run.request.dryRun) return current;
    await waitForPending(run, heroku, current.app.name, pending);
    current = await read();
  }
}
