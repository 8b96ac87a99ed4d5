/*
 * BuildKit tells its progress in protobuf messages of type moby.buildkit.v1.StatusResponse. Four kinds of fields are read
 * here; a client for the whole protocol would cost more than the package.
 * @see https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** One step of a build. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: boolean;
  readonly completed: boolean;
  readonly error: string;
}

/** What a step has printed. */
export interface VertexLog {
  readonly vertex: string;
  readonly text: string;
}

export interface StatusMessage {
  readonly vertexes: readonly Vertex[];
  readonly logs: readonly VertexLog[];
}

/** Reads one message; fields that are not asked for, or not known, are passed over. @throws RangeError when it is cut off */
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

type Fields = ReadonlyMap<number, readonly (Buffer | number)[]>;

function readFields(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > message.length) throw new RangeError('The message is cut off.');
    at += length;
    return message.subarray(at - length, at);
  };
  const readValue = (wireType: number) => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(varint());
    if (wireType === 5) return take(4);
    throw new RangeError(`The message has a field of the unknown type ${wireType}.`);
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), readValue(key % 8)]);
  }
  return fields;
}

function bytesOf(fields: Fields, number: number): Buffer[] {
  return (fields.get(number) ?? []).filter((value) => typeof value !== 'number');
}

function textOf(fields: Fields, number: number): string {
  return bytesOf(fields, number).at(-1)?.toString('utf8') ?? '';
}

function numberOf(fields: Fields, number: number): number {
  const value = fields.get(number)?.at(-1);
  return typeof value === 'number' ? value : 0;
}
