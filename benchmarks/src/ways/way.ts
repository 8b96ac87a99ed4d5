/** What one deploy did, as its own commands tell it. The clock outside tells the rest. */
export interface Deployed {
  /** Seconds until the image is ready to be sent. */
  readonly build: number;
  /** Seconds of what sends it. */
  readonly push: number;
}

/** One way from a checkout to a release. */
export interface Way {
  readonly name: string;
  /** The app of the sandbox that it deploys to. */
  readonly app: string;
  /** Sets up a runner that holds nothing, outside the measured time. */
  prepare(directory: string): Promise<Runner>;
}

/** A runner for one deploy. Disposing it removes what it held. */
export interface Runner extends AsyncDisposable {
  /** What is measured: from the first command to the end of the last. */
  deploy(checkout: string): Promise<Deployed>;
}

/** Where an app is deployed to. */
export interface Destination {
  readonly apiUrl: string;
  readonly registryUrl: string;
  readonly apiKey: string;
}
