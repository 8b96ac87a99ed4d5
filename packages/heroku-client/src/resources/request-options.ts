/** The options of every request. */
export interface RequestOptions {
  /** Ends the request, and every wait in it, with ABORTED. */
  readonly signal?: AbortSignal;
}
