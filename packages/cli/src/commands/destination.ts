import { Secret, type ServiceAddresses } from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import type { Target } from '../target.ts';
import { withUsageErrors } from '../usage-error.ts';
import type { Place } from './place.ts';

/** What is needed to reach a target. */
export interface Destination {
  readonly apiKey: Secret;
  readonly addresses: ServiceAddresses;
}

/** Opens the destination; starts the sandbox if needed, and creates the app there. */
export async function openDestination(target: Target, { app, env }: Place, dynos?: DynoKind): Promise<Destination> {
  const hubUrl = env['TOZO_DOCKER_HUB_MIRROR'];
  if (target.kind === 'sandbox') return openSandbox(app, hubUrl, dynos);
  const addresses = herokuAddresses(target, hubUrl);
  return { apiKey: addresses.apiKey, addresses };
}

/** Returns how to reach Heroku. @param hubUrl a mirror to use instead of Docker Hub */
export function herokuAddresses(
  { apiKey, username, apiUrl, registryUrl }: Extract<Target, { kind: 'heroku' }>,
  hubUrl: string | undefined,
): ServiceAddresses {
  return {
    apiKey: new Secret(apiKey),
    ...(username ? { username } : {}),
    ...(apiUrl ? { apiUrl } : {}),
    ...(registryUrl ? { registryUrl } : {}),
    ...(hubUrl ? { hubUrl } : {}),
  };
}

async function openSandbox(app: string, hubUrl: string | undefined, dynos: DynoKind | undefined): Promise<Destination> {
  const { connectSandbox, SandboxError } = await import('@tozo/sandbox/connect');
  const sandbox = await withUsageErrors(SandboxError, async () => {
    const connection = await connectSandbox({ start: true, ...(dynos && { dynos }) });
    await connection.ensureApp(app);
    return connection;
  });
  const apiKey = new Secret(sandbox.apiKey);
  const { heroku: apiUrl, registry: registryUrl, hub } = sandbox.urls;
  return { apiKey, addresses: { apiKey, apiUrl, registryUrl, hubUrl: hubUrl ?? hub } };
}
