import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { Engine } from '../engine/engine.ts';
import { GrpcError, grpcStatus, type Method, serveGrpc } from './grpc.ts';
import { bytesField, numberField, readFields, textOf } from './protobuf.ts';

/** The data that BuildKit can request during a build. */
export interface SessionServices {
  /** The build context as a tar file. */
  readonly context: () => Readable;
  /** Values by the ID in `RUN --mount=type=secret,id=…`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Called with the name of a registry when BuildKit needs its credentials. */
  readonly credentials: CredentialSource;
}

/** A connection on which BuildKit requests the context, secrets and credentials. */
export interface BuildSession {
  readonly id: string;
  /** The URL of the context inside the session. */
  readonly contextUrl: string;
  /** Returns the first error of providing the context or a credential. */
  readonly failure: () => unknown;
  readonly close: () => void;
}

/**
 * Opens a session with an engine. It also provides the context, because engines with the containerd image store don't find a
 * context in the request.
 * @returns undefined if the engine doesn't have sessions
 * @see https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Session
 */
export async function openSession(engine: Engine, services: SessionServices): Promise<BuildSession | undefined> {
  const id = randomUUID();
  let failure: unknown;
  const methods = new Map(
    methodsOf(services).map(([path, method]): [string, Method] => [
      path,
      async function* (call) {
        try {
          yield* method(call);
        } catch (error) {
          if (!(error instanceof GrpcError)) failure ??= error;
          throw error;
        }
      },
    ]),
  );
  const socket = await engine.openSession({
    'X-Docker-Expose-Session-Uuid': id,
    'X-Docker-Expose-Session-Name': 'registry-pusher',
    'X-Docker-Expose-Session-Grpc-Method': [...methods.keys()],
  });
  if (socket === undefined) return undefined;
  const close = serveGrpc(socket, methods);
  return { id, contextUrl: 'http://buildkit-session/context', failure: () => failure, close };
}

/** @see https://github.com/moby/buildkit/tree/master/session, the .proto files of auth, secrets and upload */
function methodsOf({ context, secrets, credentials }: SessionServices): [string, Method][] {
  return [
    [
      '/grpc.health.v1.Health/Check',
      async function* () {
        yield numberField(1, serving);
      },
    ],
    [
      '/moby.upload.v1.Upload/Pull',
      async function* () {
        for await (const chunk of context() as AsyncIterable<Buffer>) yield bytesField(1, chunk);
      },
    ],
    [
      '/moby.buildkit.secrets.v1.Secrets/GetSecret',
      async function* ({ readMessage }) {
        const id = textOf(readFields(await readMessage()), 1);
        if (!Object.hasOwn(secrets, id)) throw new GrpcError(grpcStatus.notFound, `Secret ${id} doesn't exist.`);
        yield bytesField(1, secrets[id]!);
      },
    ],
    [
      '/moby.filesync.v1.Auth/Credentials',
      async function* ({ readMessage }) {
        yield encodeCredentials(await credentials(registryOf(textOf(readFields(await readMessage()), 1))));
      },
    ],
  ];
}

/** @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
const serving = 1;

/** Docker Hub's host name differs from its name in references. */
function registryOf(host: string): string {
  return host === 'registry-1.docker.io' ? 'docker.io' : host;
}

/** A secret without a username is an identity token; an empty message means anonymous access. */
function encodeCredentials(found: Awaited<ReturnType<CredentialSource>>): Buffer {
  if (found === undefined) return Buffer.alloc(0);
  if ('identityToken' in found) return bytesField(2, found.identityToken);
  return Buffer.concat([bytesField(1, found.username), bytesField(2, found.password)]);
}
