import { randomUUID } from 'node:crypto';
import type { FaultTarget } from '../faults/apply-faults.ts';
import type { ReleaseOptions } from '../heroku/apps/release-options.ts';
import { createDeploy } from '../heroku/state/changes.ts';
import { repositoryOf } from '../heroku/state/model.ts';
import type { Journal } from '../journal/journal.ts';
import type { Services } from './services.ts';

const someoneElse = { id: '5e1f0c0d-9f7e-4c55-8f3f-2b1a6d0e7c10', email: 'somebody@example.com' };

/** Lets faults create, hold and retire releases, and records them in the journal. */
export function createFaultTarget(services: () => Services, journal: Journal): FaultTarget {
  return {
    async createOtherRelease(name, { image: imageId, type = 'web', status }, cleared) {
      const { platform, images } = services();
      const app = platform.findApp(name);
      if (!app) return false;
      const options: ReleaseOptions = {
        user: someoneElse,
        hasFailed: status === 'failed',
        hold: status === 'pending' ? { outcome: 'succeeded', signal: cleared } : 'none',
      };
      if (imageId === undefined) {
        return (await app.patchConfigVars({ SLIPPED_IN: randomUUID() }, options)) !== undefined;
      }
      const repository = repositoryOf(app.record, type);
      if (!(await images.findImage(repository, imageId))) return false;
      const deploy = { images: { [type]: { repository, imageId } }, commands: {}, removes: [] };
      await app.release(createDeploy(deploy, 'image'), options);
      return true;
    },
    holdNextRelease(name, hold) {
      services().platform.findApp(name)?.held.holdNext(hold);
    },
    retireReleases(name, keep) {
      return services().platform.findApp(name)?.retireReleases(keep) ?? false;
    },
    recordFault: (request, kind) => journal.noteFault(request, kind),
  };
}
