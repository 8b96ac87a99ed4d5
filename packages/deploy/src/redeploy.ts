import { recordedConfig } from './images/recorded-config.ts';
import { recordedImages } from './images/recorded-images.ts';
import type { ImageBuilder } from './ports.ts';
import type { Run } from './report/run.ts';
import type { Services } from './services.ts';
import { openRecords } from './state/records/open-records.ts';
import { prepareBuilder } from './steps/build.ts';

/**
 * Returns the images that an earlier deploy of one of these commits released, in place of a build. Without a record of any,
 * they're built again, if this directory has the files for it.
 */
export async function openRecorded(run: Run, services: Services, commits: readonly string[]): Promise<ImageBuilder> {
  const { app, config, target } = run.request;
  const { publisher } = services.images;
  const types = Object.keys(config.processes);
  const records = openRecords({ app, target: target.kind, registry: { publisher, types }, ...run.options });
  for (const commit of commits.slice(0, maxLookups)) {
    const record = await records.find({ commit });
    if (!record) continue;
    run.adopt({ config: recordedConfig(config, record) });
    return recordedImages(record, publisher);
  }
  run.warn(`There's no record of a deploy of ${commits[0]?.slice(0, 12)}, so its images are built again.`);
  return prepareBuilder(run, services);
}

/** Each takes a request or two. */
const maxLookups = 5;
