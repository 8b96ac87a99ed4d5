/** What was begun ahead may fail before anybody waits for it, or without anybody doing so. */
export function inTheBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
