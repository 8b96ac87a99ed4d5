import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exampleApps, type ExampleApp } from '../../../tools/src/image-deps/apps.ts';
import { execCommand, expectMatch, installCommand, measureModules, openShell } from '../publishing/journey.ts';
import type { NpmRegistry } from '../publishing/npm-registry.ts';

/** Somebody with an app, without anything of tozo in it. */
export interface InitJourney {
  readonly app: 'node' | 'express' | 'fastify' | 'nest' | 'next' | 'vite';
  readonly manager: 'npm' | 'pnpm' | 'yarn' | 'yarn-classic';
  /** A version of Nx, with the app in apps/shop. */
  readonly nx?: string;
}

export interface InitReport {
  /** From the empty directory to the first verified deploy. */
  readonly seconds: number;
  /** The commands until then. */
  readonly commands: number;
  /** What all packages of the project take on disk, tozo's included. */
  readonly megabytes: number;
  /** What was pushed at first, and after a changed line. */
  readonly sent: readonly string[];
}

/** Frameworks by package managers, sampled so that each occurs with each. `npm run prove init` runs all of them. */
export const initJourneys: readonly InitJourney[] = [
  { app: 'node', manager: 'npm' },
  { app: 'express', manager: 'npm' },
  { app: 'express', manager: 'yarn-classic' },
  { app: 'fastify', manager: 'pnpm' },
  { app: 'nest', manager: 'yarn-classic' },
  { app: 'nest', manager: 'pnpm' },
  { app: 'next', manager: 'npm' },
  { app: 'vite', manager: 'yarn' },
  { app: 'node', manager: 'yarn' },
  { app: 'express', manager: 'npm', nx: '23' },
];

const plainNode: Pick<ExampleApp, 'app' | 'files' | 'change'> = {
  app: '',
  files: {
    'package.json': JSON.stringify({
      name: 'shop',
      version: '1.0.0',
      type: 'module',
      scripts: { start: 'node server.js' },
    }),
    'server.js': `import { createServer } from 'node:http';
createServer((request, response) => response.end('hello')).listen(process.env.PORT);
`,
  },
  change: { file: 'server.js', from: "'hello'", to: "'good day'" },
};

export function titleOf({ app, manager, nx }: InitJourney): string {
  return `${app}, ${manager}${nx === undefined ? '' : `, Nx ${nx}`}`;
}

/** From an empty directory to a live app by `tozo init`; then changes it, breaks it, and goes back. */
export async function travelByInit(
  journey: InitJourney,
  directory: string,
  registry: NpmRegistry,
): Promise<InitReport> {
  const run = await openShell(journey, directory, registry);
  let commands = 0;
  const shell = (cwd: string, ...command: string[]): Promise<string> => {
    commands += 1;
    return run(cwd, ...command);
  };
  const project = await writeApp(journey, directory);
  const { change, breakable } = project;
  const app = join(directory, project.app);
  const started = performance.now();
  // pnpm adds a package to the root of a workspace without installing those of its apps.
  if (journey.manager === 'pnpm' && project.app !== '.') await shell(directory, 'pnpm', 'install');
  await shell(directory, ...installCommand(journey));
  await run(directory, 'git', 'init', '--quiet');
  await shell(app, ...execCommand(journey), 'tozo', 'init', '--yes');
  const deploy = (): Promise<string> => shell(directory, ...deployCommand(journey, project.app));
  const tozo = (...args: string[]): Promise<string> => run(app, ...execCommand(journey), 'tozo', ...args);
  try {
    const sent = [expectMatch(await deploy(), /push +(.*?) sent.*?^LIVE v\d+/ms)];
    const report = { seconds: (performance.now() - started) / 1000, commands };
    const { bytes } = await measureModules(directory);
    const file = join(directory, change.file);
    const original = await readFile(file, 'utf8');
    await writeFile(file, original.replace(change.from, change.to));
    sent.push(expectMatch(await deploy(), /push +(.*?) sent.*?^LIVE v\d+/ms));
    // In a container, each build of Next makes new keys.
    const again = journey.app === 'next' ? tozo('deploy', '--sandbox') : deploy();
    expectMatch(await again, /^UNCHANGED v\d+/m);
    await writeFile(file, original);
    const program = join(directory, breakable);
    const working = await readFile(program, 'utf8');
    await writeFile(program, breakApp(working));
    expectMatch(await deploy().catch((error: Error) => error.message), /RUNS v\d+.*NOT v\d+/);
    await writeFile(program, working);
    expectMatch(await tozo('rollback', '--sandbox'), /RUNS v\d+/);
    expectMatch(await tozo('init', '--yes'), /^NOTHING TO DO/m);
    return { ...report, sent, megabytes: bytes / 1e6 };
  } finally {
    await tozo('sandbox', 'stop');
  }
}

async function writeApp(
  { app, manager, nx }: InitJourney,
  directory: string,
): Promise<Pick<ExampleApp, 'app' | 'change'> & { readonly breakable: string }> {
  const found = app === 'node' ? plainNode : exampleApps.find(({ name }) => name === app)!;
  const at = nx === undefined ? '' : 'apps/shop';
  const files: Record<string, string> = Object.fromEntries(
    // What is here for tozo, init has to write; .yarnrc.yml belongs to one package manager.
    Object.entries(found.files)
      .filter(
        ([file]) =>
          !/(?:^|\/)(?:Dockerfile|deploy\.json)$/.test(file) && (file !== '.yarnrc.yml' || manager === 'yarn'),
      )
      .map(([file, text]) => [join(at, file), text]),
  );
  if (manager === 'yarn') files['.yarnrc.yml'] ??= 'nodeLinker: node-modules\nenableTelemetry: false\n';
  if (nx !== undefined) {
    files['nx.json'] = '{}\n';
    files['package.json'] = JSON.stringify({
      private: true,
      workspaces: ['apps/*'],
      devDependencies: { nx: `^${nx}.0.0` },
    });
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
  return {
    app: join(at, found.app),
    change: { ...found.change, file: join(at, found.change.file) },
    // A page that fails in the browser doesn't keep the app from starting.
    breakable: join(at, app === 'vite' ? 'server.js' : found.change.file),
  };
}

function deployCommand({ manager, nx, app }: InitJourney, at: string): string[] {
  if (nx !== undefined) return ['npx', 'nx', 'run', `${app === 'node' ? 'shop' : `${app}-app`}:deploy`, '--sandbox'];
  switch (manager) {
    case 'npm':
      return ['npm', '--prefix', at, 'run', 'deploy', '--', '--sandbox'];
    case 'pnpm':
      return ['pnpm', '--dir', at, 'run', 'deploy', '--sandbox'];
    case 'yarn-classic':
    case 'yarn':
      return ['yarn', '--cwd', at, 'run', 'deploy', '--sandbox'];
  }
}

/** The new version ends at its start, or, in a page of Next, at the first request. */
function breakApp(source: string): string {
  return source.includes('return <main>')
    ? source.replace('return <main>', 'process.exit(1); return <main>')
    : `${source}\nprocess.exit(1);\n`;
}
