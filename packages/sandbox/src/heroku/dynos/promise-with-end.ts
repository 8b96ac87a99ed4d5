/** A promise, and the function that resolves it. */
export interface PromiseWithEnd {
  readonly ended: Promise<void>;
  readonly end: () => void;
}

export function promiseWithEnd(): PromiseWithEnd {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}
