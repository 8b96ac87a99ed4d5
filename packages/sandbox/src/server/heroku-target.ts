import { randomUUID } from 'node:crypto';
import { deployChange } from '../heroku/state/changes.ts';
import type { Journal } from '../journal/journal.ts';
import type { Services } from './services.ts';
import type { FaultTarget } from '../faults/apply-faults.ts';

const somebodyElse = { id: '5e1f0c0d-9f7e-4c55-8f3f-2b1a6d0e7c10', email: 'somebody@example.com' };

/** The apps that faults reach, and the journal that says which requests they befell. */
export function faultTarget(services: () => Services, journal: Journal): FaultTarget {
  return {
    async otherRelease(name, imageId) {
      const { platform, images } = services();
      const app = platform.findApp(name);
      if (!app) return false;
      if (imageId === undefined) {
        return (await app.patchConfigVars({ SLIPPED_IN: randomUUID() }, somebodyElse)) !== undefined;
      }
      const repository = `${app.record.name}/web`;
      if (!(await images.findImage(repository, imageId))) return false;
      await app.release(deployChange({ web: { repository, imageId } }, {}, 'image'), somebodyElse);
      return true;
    },
    holdRelease(name, reads, outcome, onHeld) {
      services().platform.findApp(name)?.held.holdNext({ reads, outcome, onHeld });
    },
    note: (request, kind) => journal.noteFault(request, kind),
  };
}
