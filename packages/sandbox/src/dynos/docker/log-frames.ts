import { PassThrough, type Readable } from 'node:stream';

const headSize = 8;

/**
 * Splits a container's output, multiplexed on one connection, into its two streams.
 *
 * @see https://docs.docker.com/reference/api/engine/ (Attach to a container, "Stream format")
 */
export function splitFrames(connection: Readable): { readonly stdout: Readable; readonly stderr: Readable } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let rest: Buffer = Buffer.alloc(0);
  connection.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let size = frameSize(rest); rest.length >= size; size = frameSize(rest)) {
      (rest[0] === 2 ? stderr : stdout).write(rest.subarray(headSize, size));
      rest = rest.subarray(size);
    }
  });
  const end = (): void => {
    stdout.end();
    stderr.end();
  };
  connection.once('end', end).once('close', end);
  connection.on('error', () => undefined);
  return { stdout, stderr };
}

/** The frame's size with its header; infinite while the header is incomplete. */
function frameSize(bytes: Buffer): number {
  return bytes.length < headSize ? Number.POSITIVE_INFINITY : headSize + bytes.readUInt32BE(4);
}
