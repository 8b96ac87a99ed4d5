/**
 * What Heroku's public documents leave open about its API. Each may be set the other way, to see whether a client depends
 * on it.
 */
export interface HerokuAssumptions {
  /**
   * What a release of images is called: `Deployed web (142013fe2b5c)`, or `Deployed web`. Seen in the wild, documented
   * nowhere.
   */
  readonly releaseDescriptions: 'image' | 'plain';
  /** Whether an image can be released whose tag `latest` has moved on. The documentation releases what was just pushed. */
  readonly olderImages: boolean;
  /** What happens to `command` beside `docker_image` in a formation update. Used in the wild, documented nowhere. */
  readonly commands: 'taken' | 'ignored';
  /** Whether the image of a release that failed counts as the one that runs, so that it is not released again. */
  readonly sameImageAfterFailure: 'ignored' | 'released';
  /** How an image that is not in the registry is answered. */
  readonly missingImage: 404 | 422;
}

export const herokuAssumptions: HerokuAssumptions = {
  releaseDescriptions: 'image',
  olderImages: true,
  commands: 'taken',
  sameImageAfterFailure: 'ignored',
  missingImage: 422,
};
