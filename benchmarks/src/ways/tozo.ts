import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../process.ts';
import type { Deployed, Destination, Way } from './way.ts';

const command = fileURLToPath(new URL('../../../packages/cli/bin/tozo.js', import.meta.url));

interface StepFinished {
  readonly type: string;
  readonly step?: string;
  readonly seconds?: number;
}

/** `tozo deploy` as it is installed, in a home that holds nothing. */
export function tozoWay(app: string, destination: Destination): Way {
  return {
    name: 'tozo deploy',
    app,
    async prepare(folder) {
      const home = join(folder, 'home');
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

async function deploy(checkout: string, env: NodeJS.ProcessEnv): Promise<Deployed> {
  const { stdout } = await runCommand(process.execPath, [command, 'deploy', '--yes', '--json'], { cwd: checkout, env });
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StepFinished);
  const secondsOf = (step: string): number => {
    const event = events.find((candidate) => candidate.type === 'step-finished' && candidate.step === step);
    if (event?.seconds === undefined) throw new Error(`tozo deploy had no step ${step}:\n${stdout}`);
    return event.seconds;
  };
  return { build: secondsOf('build'), push: secondsOf('push') };
}
