import { randomUUID } from 'node:crypto';
import type { FaultTarget } from '../faults/apply-faults.ts';
import { createDeploy } from '../heroku/state/changes.ts';
import type { Journal } from '../journal/journal.ts';
import type { Services } from './services.ts';

const someoneElse = { id: '5e1f0c0d-9f7e-4c55-8f3f-2b1a6d0e7c10', email: 'somebody@example.com' };

/** Lets faults create and hold releases, and records them in the journal. */
export function createFaultTarget(services: () => Services, journal: Journal): FaultTarget {
  return {
    async createOtherRelease(name, imageId) {
      const { platform, images } = services();
      const app = platform.findApp(name);
      if (!app) return false;
      if (imageId === undefined) {
        return (await app.patchConfigVars({ SLIPPED_IN: randomUUID() }, { user: someoneElse })) !== undefined;
      }
      const repository = `${app.record.name}/web`;
      if (!(await images.findImage(repository, imageId))) return false;
      const deploy = { images: { web: { repository, imageId } }, commands: {}, removes: [] };
      await app.release(createDeploy(deploy, 'image'), { user: someoneElse });
      return true;
    },
    holdNextRelease(name, reads, outcome, onHeld) {
      services().platform.findApp(name)?.held.holdNext({ reads, outcome, onHeld });
    },
    recordFault: (request, kind) => journal.noteFault(request, kind),
  };
}
