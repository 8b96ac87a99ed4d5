import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http2';
import type { LocalEntry } from '../../build/layer/entry.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { Engine } from '../engine/engine.ts';
import { sendFiles } from './file-sync.ts';
import { GrpcError, grpcStatus, type Method, serveGrpc } from './grpc.ts';
import { bytesField, numberField, readFields, textOf } from './protobuf.ts';

/** The data that BuildKit can request during a build. */
export interface SessionServices {
  readonly context: SyncedContext;
  /** Values by the ID in `RUN --mount=type=secret,id=…`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Called with the name of a registry when BuildKit needs its credentials. */
  readonly credentials: CredentialSource;
}

/** A build context, of which BuildKit requests the files that it doesn't have from the last build. */
export interface SyncedContext {
  readonly entries: readonly LocalEntry[];
  /** The path of the Dockerfile, one of the entries. */
  readonly dockerfile: string;
  /** The time of all entries, in seconds since 1970; without it, a file's time derives from its content. */
  readonly epoch: number | undefined;
  /** Identifies the directory. BuildKit compares with the files that it last received under this key. */
  readonly key: string;
}

/** A connection on which BuildKit requests the context, secrets and credentials. */
export interface BuildSession {
  readonly id: string;
  /** Returns the first error of providing the context or a credential. */
  readonly failure: () => unknown;
  readonly close: () => void;
}

/**
 * Opens a session with an engine. It also provides the context: BuildKit then compares files and requests those that changed,
 * and engines with the containerd image store don't find a context in the request.
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
    'X-Docker-Expose-Session-Sharedkey': services.context.key,
    'X-Docker-Expose-Session-Grpc-Method': [...methods.keys()],
  });
  if (socket === undefined) return undefined;
  const close = serveGrpc(socket, methods);
  return { id, failure: () => failure, close };
}

/** @see https://github.com/moby/buildkit/tree/master/session, the .proto files of auth, filesync and secrets */
function methodsOf({ context, secrets, credentials }: SessionServices): [string, Method][] {
  return [
    [
      '/grpc.health.v1.Health/Check',
      async function* () {
        yield numberField(1, serving);
      },
    ],
    [
      '/moby.filesync.v1.FileSync/DiffCopy',
      async function* ({ headers, messages }) {
        yield* sendFiles(requestedEntries(context, headers), context.epoch, messages());
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

/** Returns the whole context, or the Dockerfile. The context's ignore file is already applied, so BuildKit gets none. */
function requestedEntries(
  { entries, dockerfile }: SyncedContext,
  { 'dir-name': directory, followpaths }: IncomingHttpHeaders,
): readonly LocalEntry[] {
  if (directory === 'dockerfile') return entries.filter(({ path }) => path === `/${dockerfile}`);
  if (directory === 'context') return followpaths === '.dockerignore' ? [] : entries;
  throw new GrpcError(grpcStatus.notFound, `The directory ${String(directory)} doesn't exist.`);
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
