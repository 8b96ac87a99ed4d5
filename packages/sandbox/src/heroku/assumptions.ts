import { defaultsOf, type Switches } from '../assumptions/switches.ts';

/** What isn't documented about Heroku's API. Each switch can be set the other way to test a client. */
export interface HerokuAssumptions {
  /** The description of a release of images: `Deployed web (142013fe2b5c)` or `Deployed web`. */
  readonly releaseDescriptions: 'image' | 'plain';
  /** Whether an image can be released after its tag `latest` has moved on. */
  readonly olderImages: boolean;
  /** Whether an image can be released for a process type after a push to another repository of the app. */
  readonly sharedImages: boolean;
  /** Whether the formation shows images under `version=3.docker-releases`. */
  readonly formationImages: 'shown' | 'hidden';
  /** Which release's image the formation shows while a newer release is pending, and after it failed. */
  readonly formationImageOf: 'current-release' | 'newest-release';
  /** Whether `docker_image: null`, which removes a process type, creates a release. */
  readonly removals: 'released' | 'silent';
  /** What happens to `command` next to `docker_image` in a formation update. */
  readonly commands: 'taken' | 'ignored';
  /** Whether releasing a failed release's image again creates a release. */
  readonly sameImageAfterFailure: 'ignored' | 'released';
  /** The status of the response for an image that isn't in the registry. */
  readonly missingImage: 404 | 422;
  /** Whether config vars stay set when the release phase of their change fails. */
  readonly configVarsAfterFailure: 'kept' | 'restored';
  /** What old web dynos do while new ones start without Preboot: they are stopped first, or serve until then. */
  readonly oldWebDynos: 'stopped' | 'serving';
  /** What the router does at the end of a Preboot whose new dynos have all crashed. */
  readonly prebootAfterCrash: 'kept' | 'switched';
  /** The status of a release whose release phase exceeds its time limit. */
  readonly releasePhaseTimeout: 'expired' | 'failed';
  /** Whether a release phase's output can be streamed, or is only in the app's log. */
  readonly releaseOutput: 'streamed' | 'logged';
  /** Whether images of releases older than 30 days and 20 releases are destroyed, and those of no release after 30 days. */
  readonly retention: 'applied' | 'none';
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
  formationImages: {
    values: ['shown', 'hidden'],
    doubt: 'The schema of the variant docker-releases has the field, but the known copy is of 2018.',
  },
  formationImageOf: {
    values: ['current-release', 'newest-release'],
    doubt: 'An image whose release is pending or failed may already count as the formation’s image.',
  },
  removals: {
    values: ['released', 'silent'],
    doubt: 'Heroku’s CLI removes a process type this way; whether this creates a release is undocumented.',
  },
  commands: {
    values: ['taken', 'ignored'],
    doubt: 'Used in practice with a shared image, but not in the published schema of a formation update.',
  },
  sameImageAfterFailure: {
    values: ['ignored', 'released'],
    doubt: 'The same image creates no release; whether this applies to an image that never ran is undocumented.',
  },
  missingImage: {
    values: [422, 404],
    doubt: 'Both errors are documented, but not which of them an unknown image gets.',
  },
  configVarsAfterFailure: {
    values: ['kept', 'restored'],
    doubt: 'The old release continues with its values; the app’s config vars after the failure are undocumented.',
  },
  oldWebDynos: {
    values: ['stopped', 'serving'],
    doubt:
      'Preboot’s documentation says that old web dynos are otherwise stopped before new ones start; how much of that a client sees isn’t.',
  },
  prebootAfterCrash: {
    values: ['kept', 'switched'],
    doubt:
      'The router switches some 3 minutes after the release; what happens when the new dynos crash is undocumented.',
  },
  releasePhaseTimeout: {
    values: ['expired', 'failed'],
    doubt: 'Both are release statuses in the schema; the status after the limit of one hour is undocumented.',
  },
  releaseOutput: {
    values: ['streamed', 'logged'],
    doubt: 'Images without curl have their output only in the log; whether the stream opens anyway is undocumented.',
  },
  retention: {
    values: ['applied', 'none'],
    doubt:
      'Documented since October 2025 for slugs and OCI images; whether pushed images count as these, and how soon one without a release goes, is not.',
  },
};

export const herokuAssumptions: HerokuAssumptions = defaultsOf(herokuSwitches);
