import { defaultsOf, type Switches } from '../assumptions/switches.ts';

/**
 * What Heroku's public documents leave open about its API. Each may be set the other way, to see whether a client depends
 * on it.
 */
export interface HerokuAssumptions {
  /** What a release of images is called: `Deployed web (142013fe2b5c)`, or `Deployed web`. */
  readonly releaseDescriptions: 'image' | 'plain';
  /** Whether an image can be released whose tag `latest` has moved on. */
  readonly olderImages: boolean;
  /** Whether an image can be released for a process type whose repository it was not pushed to, but another of the app. */
  readonly sharedImages: boolean;
  /** What happens to `command` beside `docker_image` in a formation update. */
  readonly commands: 'taken' | 'ignored';
  /** Whether the image of a release that failed counts as the one that runs, so that it is not released again. */
  readonly sameImageAfterFailure: 'ignored' | 'released';
  /** How an image that is not in the registry is answered. */
  readonly missingImage: 404 | 422;
  /** Whether config vars stay set when the release phase of their change fails. */
  readonly configVarsAfterFailure: 'kept' | 'restored';
  /** What becomes of a release whose release phase exceeds its time. */
  readonly releasePhaseTimeout: 'expired' | 'failed';
  /** Whether a release phase's output can be streamed, or lies in the app's log alone. */
  readonly releaseOutput: 'streamed' | 'logged';
}

export const herokuSwitches: Switches<HerokuAssumptions> = {
  releaseDescriptions: {
    values: ['image', 'plain'],
    doubt: 'Descriptions with the first 12 digits of the image ID are seen in the wild and promised nowhere.',
  },
  olderImages: {
    values: [true, false],
    doubt: 'The documentation releases what was just pushed; nobody says for how long an image can be released.',
  },
  sharedImages: {
    values: [false, true],
    doubt: 'The documentation pushes an image for each process type; one for several is used in the wild.',
  },
  commands: {
    values: ['taken', 'ignored'],
    doubt: 'Used in the wild beside a shared image; the published schema of a formation update does not have it.',
  },
  sameImageAfterFailure: {
    values: ['ignored', 'released'],
    doubt: 'The same image makes no release; whether one counts that never ran is not said.',
  },
  missingImage: {
    values: [422, 404],
    doubt: 'Both are documented errors; which of them an unknown image is, is not.',
  },
  configVarsAfterFailure: {
    values: ['kept', 'restored'],
    doubt: 'The old release goes on serving with the values it had; what the app’s config vars then read is not said.',
  },
  releasePhaseTimeout: {
    values: ['expired', 'failed'],
    doubt: 'The schema knows both as statuses of a release; an hour is the limit, and its end is described nowhere.',
  },
  releaseOutput: {
    values: ['streamed', 'logged'],
    doubt:
      'Images without curl are said to have their output in the log only; whether the stream opens all the same is not.',
  },
};

export const herokuAssumptions: HerokuAssumptions = defaultsOf(herokuSwitches);
