import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../process.ts';
import type { Deployed, Destination, Way } from './way.ts';

const command = fileURLToPath(new URL('../../../packages/cli/bin/tozo.js', import.meta.url));

interface StepEvent {
  readonly type: string;
  readonly step?: string;
  readonly seconds?: number;
}

/** The installed `tozo deploy`, with an empty home directory. */
export function tozoWay(app: string, destination: Destination): Way {
  return {
    name: 'tozo deploy',
    app,
    async prepare(directory) {
      const home = join(directory, 'home');
      await mkdir(join(home, 'tmp'), { recursive: true });
      const env = {
        PATH: process.env['PATH'],
        HOME: home,
        TMPDIR: join(home, 'tmp'),
        HEROKU_API_KEY: destination.apiKey,
        HEROKU_APP: app,
        HEROKU_API_URL: destination.apiUrl,
        HEROKU_REGISTRY_URL: destination.registryUrl,
      };
      return {
        deploy: (checkout) => deploy(checkout, env),
        [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
      };
    },
  };
}

/** `build` is everything before the push, including the start of Node.js and all requests to Heroku and the registries. */
async function deploy(checkout: string, env: NodeJS.ProcessEnv): Promise<Deployed> {
  let build: number | undefined;
  let push: number | undefined;
  const onLine = (line: string, seconds: number): void => {
    const event = JSON.parse(line) as StepEvent;
    if (event.step !== 'push') return;
    if (event.type === 'step-started') build = seconds;
    if (event.type === 'step-finished') push = event.seconds;
  };
  const args = [command, 'deploy', '--yes', '--format', 'ndjson'];
  const { stdout } = await runCommand(process.execPath, args, { cwd: checkout, env, onLine });
  if (build === undefined || push === undefined) throw new Error(`tozo deploy pushed nothing:\n${stdout}`);
  return { build, push };
}
