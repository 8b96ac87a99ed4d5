import { type DeployConfig, loadConfig, selectEnvironment } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { chooseTarget, type Target } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { declaredSecrets } from './declared-secrets.ts';
import { type Destination, openDestination } from './destination.ts';
import { findPlace, type Place } from './place.ts';

export interface AppOptions {
  readonly sandbox?: boolean;
  readonly environment?: string;
}

/** An app that was deployed before: where it is, and how to reach it. */
export interface RunningApp {
  readonly config: DeployConfig;
  readonly target: Target;
  readonly place: Place;
  readonly destination: Destination;
}

/**
 * Finds the app that this project is deployed to. Unlike a deploy, it starts no sandbox and creates no app.
 * @throws UsageError, DeployError
 */
export async function openRunningApp(
  { sandbox = false, environment }: AppOptions,
  { cwd, env, redaction }: CommandContext,
): Promise<RunningApp> {
  const target = chooseTarget(env, { sandbox, environment });
  const config = selectEnvironment(await loadConfig(cwd), environment, target.kind);
  const place = await findPlace(target, config, cwd, env);
  redaction.add(declaredSecrets(config, place.env));
  if (target.kind === 'sandbox') await assertInSandbox(place.app);
  const destination = await openDestination(target, place);
  redaction.add([destination.apiKey]);
  return { config, target, place, destination };
}

async function assertInSandbox(app: string): Promise<void> {
  const { connectSandbox, SandboxError } = await import('@tozo/sandbox/connect');
  const running = await withUsageErrors(SandboxError, async () => {
    const connection = await connectSandbox();
    return connection && (await connection.status());
  });
  if (!running) {
    throw new UsageError(
      'The sandbox is not running. Start it with its apps: tozo sandbox start. For an app on Heroku, set HEROKU_API_KEY.',
    );
  }
  if (!running.apps.some(({ name }) => name === app)) {
    throw new UsageError(`The sandbox has no app ${app}. Deploy it: tozo deploy --sandbox`);
  }
}
