/** The times of one deploy that only its own commands know. */
export interface Deployed {
  /** Seconds until the image is ready to push. */
  readonly build: number;
  /** Seconds of the push. */
  readonly push: number;
}

/** A way from a checkout to a release. */
export interface Way {
  readonly name: string;
  /** The sandbox's app that it deploys to. */
  readonly app: string;
  /** Sets up an empty runner. This isn't measured. */
  prepare(directory: string): Promise<Runner>;
}

/** A runner for one deploy. Dispose it to remove its files. */
export interface Runner extends AsyncDisposable {
  /** Deploys, from the first command to the end of the last. This is measured. */
  deploy(checkout: string): Promise<Deployed>;
}

/** Where an app is deployed to. */
export interface Destination {
  readonly apiUrl: string;
  readonly registryUrl: string;
  readonly apiKey: string;
}
