/** What every request takes. */
export interface RequestOptions {
  /** Ends the request and every wait in it with ABORTED. */
  readonly signal?: AbortSignal;
}
