/** Where an image lies. */
export interface Place {
  /** `127.0.0.1:PORT`, with or without a delay in between. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}

export function referenceOf({ host, repository, tag }: Place): string {
  return `${host}/${repository}:${tag}`;
}

/** A push that is measured. */
export interface Push {
  /** A checkout with its Dockerfile. */
  readonly context: string;
  readonly base: Place;
  readonly target: Place;
  /** An empty directory: home and temporary files of a runner that holds nothing. */
  readonly runner: string;
}
