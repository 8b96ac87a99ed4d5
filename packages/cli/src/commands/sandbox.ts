import { connectSandbox, type SandboxConnection } from '@tozo/sandbox';

/** `tozo sandbox start|stop|status|reset`. Gives the exit code. */
export async function sandboxCommand(
  action: 'start' | 'stop' | 'status' | 'reset',
  { json = false }: { json?: boolean },
): Promise<number> {
  const sandbox = await connectSandbox({ start: action === 'start' || action === 'reset' });
  if (!sandbox) {
    print(json, { running: false }, 'The sandbox is not running. Start it: tozo sandbox start');
    return 0;
  }
  if (action === 'stop') await sandbox.stop();
  if (action === 'reset') await sandbox.reset();
  if (action === 'stop' || action === 'reset') {
    print(
      json,
      { running: action === 'reset' },
      action === 'stop' ? 'Stopped.' : 'Everything that was deployed is gone.',
    );
    return 0;
  }
  await printStatus(sandbox, json);
  return 0;
}

async function printStatus(sandbox: SandboxConnection, json: boolean): Promise<void> {
  const status = await sandbox.status();
  const { heroku, registry, gitlab } = sandbox.urls;
  const apps = status.apps.map(({ name, webUrl }) => `  ${name}  ${webUrl}`);
  const text = [
    `The sandbox runs (process ${sandbox.pid}).`,
    `  Heroku API  ${heroku}`,
    `  registry    ${registry}`,
    `  GitLab API  ${gitlab}`,
    ...(apps.length > 0 ? ['Apps:', ...apps] : ['No apps yet. Deploy one: tozo deploy --sandbox']),
  ].join('\n');
  print(json, { running: true, ...status }, text);
}

function print(json: boolean, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}
