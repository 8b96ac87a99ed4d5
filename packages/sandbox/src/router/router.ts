/** Plays Heroku's router: forwards requests to the web dynos that are up, or responds with Heroku's error pages. */
export interface Router {
  /** Opens an app's port: the preferred one if it is free, else another. */
  open(app: string, preferredPort?: number): Promise<AppAddress>;
  close(): Promise<void>;
}

/** Why an app has no target: it crashed, has no web dynos, or is starting, which requests wait for. */
export type UnavailableCode = 'H10' | 'H14' | 'H20';

/** A web dyno that is up. */
export interface Target {
  readonly name: string;
  readonly port: number;
}

export interface AppAddress {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  readonly port: number;
  /** Sets the web dynos for new requests, and the error if there are none. Open requests stay where they are. */
  setTargets(dynos: readonly Target[], whenNone: UnavailableCode): void;
  /** Sets what a request without a target calls before it waits or gets an error. */
  setWake(wake: () => void): void;
  /** Responds to every request with the maintenance page (503) while on. */
  setMaintenance(on: boolean): void;
  close(): Promise<void>;
}
