import type { Api } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import { type FormationUpdate, updateFormation } from './formation-update.ts';
import { type ProcessType, processTypeList } from './process-types.ts';
import { removeProcessType } from './remove-process-type.ts';
import type { RequestOptions } from './request-options.ts';

export interface FormationResource {
  /** Lists an app's process types, with their images if the API shows them. */
  list(app: string, options?: RequestOptions): Promise<ProcessType[]>;
  /**
   * Changes any number of process types in one request: all of them or none. An update with images creates a release, unless
   * exactly these images are already running; it's never retried, but the client's `releaseImages` also handles a lost
   * response. Other updates are retried.
   */
  update(app: string, updates: readonly FormationUpdate[], options?: RequestOptions): Promise<ProcessType[]>;
  /**
   * Removes a process type, its dynos and its image from an app. After a lost response, the formation is read, and the
   * request is sent once more if the process type is still there.
   * @returns `absent` if the app has no such process type
   */
  remove(app: string, type: string, options?: RequestOptions): Promise<'removed' | 'absent'>;
}

export function formationResource(api: Api, clock: Clock): FormationResource {
  const list = processTypeList(api);
  return {
    list,
    update: async (app, updates, options = {}) => (await updateFormation(api, app, updates, options)).value,
    remove: (app, type, options = {}) => removeProcessType(api, clock, list, app, type, options),
  };
}
