/** Plays Heroku's router: forwards requests to the web dynos that are up, or responds with Heroku's error pages. */
export interface Router {
  /** Opens an app's port: the preferred one if it is free, else another. */
  open(app: string, preferredPort?: number): Promise<AppAddress>;
  close(): Promise<void>;
}

export interface AppAddress {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  readonly port: number;
  /** Sets the ports of the web dynos for new requests; open requests stay where they are. */
  setTargets(ports: readonly number[]): void;
  /** Sets the error while there is no target: H10 (crashed), H14 (no web dynos), H20 (still booting). */
  setUnavailable(reason: 'H10' | 'H14' | 'H20'): void;
  /** Sets what a request without a target waits for before it gets an error. */
  setWake(wake: () => Promise<void>): void;
  /** Responds to every request with the maintenance page (503) while on. */
  setMaintenance(on: boolean): void;
  close(): Promise<void>;
}
