import { isObject } from '../project/manifest.ts';
import type { CiJob } from './ci-jobs.ts';

/** Whether a job runs when someone starts it, or tags a commit. */
export function isByHand({ settings }: CiJob): boolean {
  const text = JSON.stringify([settings['when'], settings['rules'], settings['only']]);
  return /"manual"|"tags"|CI_COMMIT_TAG/.test(text);
}

/** The environment that a job declares, as deploy.json accepts it: the part before the slash. */
export function environmentOf({ settings }: CiJob): string | undefined {
  const declared = settings['environment'];
  const name = isObject(declared) ? declared['name'] : declared;
  const [, first] = typeof name === 'string' ? (/^([a-z][a-z0-9_-]*)(?:\/.*)?$/i.exec(name) ?? []) : [];
  return first?.toLowerCase();
}
