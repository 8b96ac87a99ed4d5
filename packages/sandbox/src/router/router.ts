/**
 * An app's own address on this machine, the part that Heroku's router plays: it forwards to the web dynos that are up and
 * answers with Heroku's error pages when there are none.
 */
export interface Router {
  /** Opens an app's address: the given port when it is free, else another. */
  open(app: string, preferredPort?: number): Promise<AppAddress>;
  close(): Promise<void>;
}

export interface AppAddress {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  readonly port: number;
  /** Ports of the web dynos that take requests from now on; requests under way stay where they are. */
  setTargets(ports: readonly number[]): void;
  /** What is answered while there is no target: H10 (crashed), H14 (no web dynos), H20 (still booting). */
  setUnavailable(reason: 'H10' | 'H14' | 'H20'): void;
  /** With maintenance on, every request gets the maintenance page (503). */
  setMaintenance(on: boolean): void;
  close(): Promise<void>;
}
