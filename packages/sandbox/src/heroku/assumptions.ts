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
    doubt: 'Descriptions with the first 12 digits of the image ID are common in practice but undocumented.',
  },
  olderImages: {
    values: [true, false],
    doubt: 'The documentation releases the image just pushed and doesn’t say how long an image can be released.',
  },
  sharedImages: {
    values: [false, true],
    doubt: 'The documentation pushes one image per process type; one for several types is used in practice.',
  },
  commands: {
    values: ['taken', 'ignored'],
    doubt: 'Used in practice with a shared image, but not in the published schema of a formation update.',
  },
  sameImageAfterFailure: {
    values: ['ignored', 'released'],
    doubt: 'The same image creates no release; whether an image that never ran counts is undocumented.',
  },
  missingImage: {
    values: [422, 404],
    doubt: 'Both errors are documented, but not which of them an unknown image gets.',
  },
  configVarsAfterFailure: {
    values: ['kept', 'restored'],
    doubt: 'The old release continues with its values; the app’s config vars after the failure are undocumented.',
  },
  releasePhaseTimeout: {
    values: ['expired', 'failed'],
    doubt: 'Both are release statuses in the schema; the status after the limit of one hour is undocumented.',
  },
  releaseOutput: {
    values: ['streamed', 'logged'],
    doubt: 'Images without curl have their output only in the log; whether the stream opens anyway is undocumented.',
  },
};

export const herokuAssumptions: HerokuAssumptions = defaultsOf(herokuSwitches);
