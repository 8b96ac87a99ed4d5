/** In milliseconds. A registry that responds later gets the other requests anyway. */
const maxWait = 2_000;

/**
 * Lets one request find out how a registry wants to be logged in to, and the others wait for its response. Otherwise each of
 * them would be refused first.
 */
export class FirstRequestGate {
  #opened: Promise<void> | undefined;

  /**
   * Waits, except for the first request.
   * @returns a function for the first request to call once its response is known
   */
  async enter(signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    if (this.#opened) {
      await untilAborted(this.#opened, signal);
      return undefined;
    }
    let open = (): void => undefined;
    this.#opened = new Promise((resolve) => {
      const timer = setTimeout(resolve, maxWait);
      open = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return open;
  }
}

/** The request itself reports that it was aborted. */
async function untilAborted(opened: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return opened;
  if (signal.aborted) return;
  const aborted = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { signal: aborted.signal });
  });
  await Promise.race([opened, stopped]);
  aborted.abort();
}
