import { HerokuError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import type { Clock } from '../transport/clock.ts';
import { pollForEffect, settle } from '../transport/settle.ts';
import { appPath, assertProcessType } from './names.ts';
import { imagesVariant, type ProcessType } from './process-types.ts';
import { type RequestOptions, startDeadline } from './request-options.ts';

/** Repeating a removal changes nothing, so a short look is enough before it. */
const polls = 2;

/** Removes a process type as `heroku container:rm` does, and reads the formation after a lost response. */
export async function removeProcessType(
  api: Api,
  clock: Clock,
  list: (app: string, options: RequestOptions) => Promise<ProcessType[]>,
  app: string,
  type: string,
  given: RequestOptions,
): Promise<'removed' | 'absent'> {
  assertProcessType(type);
  const path = `${appPath(app)}/formation/${type}`;
  const body = { docker_image: null };
  const options = startDeadline(clock, given);
  const isListed = async () => (await list(app, options())).some((found) => found.type === type);
  return settle<'removed' | 'absent'>({
    name: `the removal of process type ${type} of ${app}`,
    evidence: "the app's formation",
    send: async () => {
      try {
        await api.call({ method: 'PATCH', path, body, variant: imagesVariant, ...options() }, () => undefined);
        return 'removed';
      } catch (error) {
        const isMissing = error instanceof HerokuError && error.code === 'NOT_FOUND';
        if (isMissing && !(await isListed())) return 'absent';
        throw error;
      }
    },
    findEffect: () =>
      pollForEffect(clock, polls, `the formation of ${app}`, options, async () =>
        (await isListed()) ? undefined : 'removed',
      ),
  });
}
