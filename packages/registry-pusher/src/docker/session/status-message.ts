/*
 * BuildKit reports its progress in protobuf messages of type moby.buildkit.v1.StatusResponse.
 * @see https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 */
import { bytesOf, type Fields, numberOf, readFields, textOf } from './protobuf.ts';

/** One step of a build. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: boolean;
  readonly completed: boolean;
  readonly error: string;
}

/** Output of a step. */
export interface VertexLog {
  readonly vertex: string;
  readonly text: string;
}

export interface StatusMessage {
  readonly vertexes: readonly Vertex[];
  readonly logs: readonly VertexLog[];
}

/** Reads one message and ignores unknown fields. @throws RangeError if it is truncated */
export function readStatusMessage(message: Buffer): StatusMessage {
  const fields = readFields(message);
  return {
    vertexes: bytesOf(fields, 1).map((vertex) => readVertex(readFields(vertex))),
    logs: bytesOf(fields, 3).map((log) => {
      const parts = readFields(log);
      return { vertex: textOf(parts, 1), text: textOf(parts, 4) };
    }),
  };
}

function readVertex(fields: Fields): Vertex {
  return {
    digest: textOf(fields, 1),
    name: textOf(fields, 3),
    cached: numberOf(fields, 4) === 1,
    started: bytesOf(fields, 5).length > 0,
    completed: bytesOf(fields, 6).length > 0,
    error: textOf(fields, 7),
  };
}
