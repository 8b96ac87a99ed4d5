/** Where an image is. */
export interface Place {
  /** `127.0.0.1:PORT` of a registry or of a proxy that delays it. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}

export function referenceOf({ host, repository, tag }: Place): string {
  return `${host}/${repository}:${tag}`;
}

/** A measured push. */
export interface Push {
  /** A checkout with its Dockerfile. */
  readonly context: string;
  readonly base: Place;
  readonly target: Place;
  /** An empty directory for the home and temporary files of an empty runner. */
  readonly runner: string;
}
