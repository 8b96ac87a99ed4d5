import { type AppStatus, connectServices, DeployError, isServiceError, readStatus } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { type Distance, readDistances } from '../git-distance.ts';
import { cleanStrings } from '../output/clean.ts';
import { printable } from '../output/printable.ts';
import { printLines } from '../render/plain.ts';
import { statusLines } from '../render/status.ts';
import { withUsageErrors } from '../usage-error.ts';
import { type AppOptions, openRunningApp } from './running-app.ts';

export interface StatusOptions extends AppOptions {
  readonly history?: boolean;
  readonly json?: boolean;
}

/** `tozo status`. Returns the exit code: 0 healthy, starting or nothing to check, 4 unhealthy, 1 if it can't be read. */
export async function statusCommand(options: StatusOptions, context: CommandContext): Promise<number> {
  const { stdout, stderr, cwd, redaction } = context;
  const { config, target, place, destination } = await withUsageErrors(DeployError, () =>
    openRunningApp(options, context),
  );
  const warnings: string[] = [...place.warnings];
  const services = connectServices(destination.addresses);
  services.onWarning((text) => warnings.push(text));
  try {
    const { environment, history = false } = options;
    const status = await readStatus(
      {
        app: place.app,
        target: { kind: target.kind, text: target.text },
        ...(environment === undefined ? {} : { environment }),
        config,
        env: place.env,
        history,
      },
      services,
    );
    const commit = status.deploy?.commit;
    const distances = commit ? await readDistances(cwd, commit) : [];
    print(cleanStrings(status, redaction), distances, warnings, `${place.app} → ${target.text}`, options, context);
    return status.exitCode;
  } catch (error) {
    if (!isServiceError(error)) throw error;
    const { code, message } = error;
    if (options.json) stdout.writeJson({ app: place.app, target: target.kind, error: { code, message } }, 2);
    else stderr.write(`${message}\n`);
    return 1;
  } finally {
    await services.close();
  }
}

function print(
  status: AppStatus,
  distances: readonly Distance[],
  warnings: readonly string[],
  title: string,
  { json = false }: StatusOptions,
  { stdout }: CommandContext,
): void {
  if (json) return stdout.writeJson({ ...status, distances, warnings }, 2);
  stdout.write({ style: 'bold', text: printable(title) }, '\n');
  for (const text of warnings) stdout.write({ style: 'yellow', text: printable(`  warning  ${text}`) }, '\n');
  printLines(stdout, statusLines(status, distances), true);
}
