/**
 * Passes on the bytes of a small document. One that comes byte by byte never stalls, and would hold everything up.
 * @throws the error that `late` returns, at the first byte after the time
 */
export async function* limitDocumentTime<T extends Uint8Array>(
  chunks: AsyncIterable<T>,
  milliseconds: number,
  late: (received: string) => Error,
): AsyncGenerator<T> {
  const end = performance.now() + milliseconds;
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    yield chunk;
    if (performance.now() > end) throw late(`only ${size} bytes arrived in ${milliseconds / 1000} s`);
  }
}
