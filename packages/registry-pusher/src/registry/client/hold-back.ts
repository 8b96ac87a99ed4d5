/**
 * Streams a blob, and yields the last chunk only once `check` has passed. A receiver who counts bytes therefore never sees a
 * damaged blob that is complete.
 */
export async function* holdBackLast<T>(chunks: AsyncIterable<T>, check: () => void): AsyncGenerator<T> {
  let held: { readonly chunk: T } | undefined;
  for await (const chunk of chunks) {
    if (held !== undefined) yield held.chunk;
    held = { chunk };
  }
  check();
  if (held !== undefined) yield held.chunk;
}
