import { DeployError } from './errors.ts';
import type { GatheredState } from './gather-state.ts';
import { recordedImages } from './images/recorded-images.ts';
import type { BuildOutline, BuiltImages } from './ports.ts';
import type { Run } from './report/run.ts';
import type { Services } from './services.ts';
import type { DeployRecord } from './state/records/record.ts';
import { judgeAncestry } from './state/ancestry.ts';

/**
 * Returns the build to deploy. If the commit is older than what runs and was deployed successfully before, these are the
 * images of that deploy.
 * @throws DeployError OUTDATED for another commit that is older than what runs
 */
export async function chooseImages(
  run: Run,
  services: Services,
  { build, current, records }: GatheredState,
): Promise<BuildOutline | BuiltImages> {
  const { revision: commit, compareCommits } = run.request;
  if (commit === undefined || compareCommits === undefined) return build;
  const running = current.runningRecord;
  if (running?.commit === undefined) return build;
  const { relation, note } = await compareCommits(commit, running.commit);
  if (note !== undefined) run.warn(note);
  const earlier = relation === 'older' ? await records.find({ commit }) : undefined;
  const verdict = judgeAncestry(commit, running, relation, earlier);
  if (verdict.kind === 'refuse') throw new DeployError('OUTDATED', verdict.message);
  // A promotion releases exactly the images that were verified.
  if (verdict.kind === 'deploy' || build.imagesFrom) return build;
  const recorded = await readRecorded(run, services, verdict.record);
  if (recorded) return recorded;
  run.warn(
    `The images of v${verdict.record.release} can't be released again, so the commit ${commit.slice(0, 12)} is built again.`,
  );
  return build;
}

/** Returns the images of an earlier deploy, or undefined if it had other process types or the registry lacks one. */
async function readRecorded(
  { request, options }: Run,
  { images: { publisher } }: Services,
  record: DeployRecord,
): Promise<BuiltImages | undefined> {
  const types = Object.keys(request.config.processes);
  const images = types.flatMap((type) => (record.images[type] ? [[type, record.images[type]] as const] : []));
  if (images.length < types.length) return undefined;
  try {
    const builder = recordedImages({ ...record, images: Object.fromEntries(images) }, publisher);
    return await builder.build({ previous: Promise.resolve(undefined), ...options, onLog: () => undefined });
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
}
