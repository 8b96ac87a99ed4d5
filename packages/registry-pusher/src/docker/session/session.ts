import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { Engine } from '../engine/engine.ts';
import { CallFailed, grpcStatus, type Method, serveGrpc } from './grpc.ts';
import { bytesField, numberField, readFields, textOf } from './protobuf.ts';

/** What BuildKit may ask this side for while it builds. */
export interface SessionServices {
  /** The build context as a tar file. */
  readonly context: () => Readable;
  /** Values by their id in `RUN --mount=type=secret,id=…`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Asked for a registry by its name when that registry is read from, and for no other. */
  readonly credentials: CredentialSource;
}

/** A connection on which BuildKit asks for what a build needs and the Dockerfile does not hold. */
export interface BuildSession {
  readonly id: string;
  /** Where BuildKit finds the context. */
  readonly contextUrl: string;
  /** Why the context or a credential could not be given, when that is so. */
  readonly failure: () => unknown;
  readonly close: () => void;
}

/**
 * Opens a session with an engine. The context goes through it too: engines that keep images in containerd do not find one that
 * comes with the request.
 * @returns undefined from an engine that has no sessions
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
          if (!(error instanceof CallFailed)) failure ??= error;
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
      async function* ({ message }) {
        const id = textOf(readFields(await message()), 1);
        if (!Object.hasOwn(secrets, id)) throw new CallFailed(grpcStatus.notFound, `There is no secret ${id}.`);
        yield bytesField(1, secrets[id]!);
      },
    ],
    [
      '/moby.filesync.v1.Auth/Credentials',
      async function* ({ message }) {
        yield credentialsMessage(await credentials(registryOf(textOf(readFields(await message()), 1))));
      },
    ],
  ];
}

/** @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
const serving = 1;

/** Docker Hub answers under another name than it is called by. */
function registryOf(host: string): string {
  return host === 'registry-1.docker.io' ? 'docker.io' : host;
}

/** Without a user name the secret is a token to get others for; without both the registry is asked as anyone. */
function credentialsMessage(found: Awaited<ReturnType<CredentialSource>>): Buffer {
  if (found === undefined) return Buffer.alloc(0);
  if ('identityToken' in found) return bytesField(2, found.identityToken);
  return Buffer.concat([bytesField(1, found.username), bytesField(2, found.password)]);
}
