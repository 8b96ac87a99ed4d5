/** Deploys five apps of npm, pnpm and Yarn through tozo image-deps to the sandbox, and counts bytes. Needs an npm registry. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ExampleApp, exampleApps } from '../image-deps/apps.ts';

const run = promisify(execFile);
const wanted = process.argv.slice(2);
const root = await mkdtemp(join(tmpdir(), 'image-deps-proof-'));
const bin = join(root, 'bin');
const { NODE_OPTIONS: _, HEROKU_API_KEY: _key, ...plain } = process.env;
const env: NodeJS.ProcessEnv = {
  ...plain,
  TOZO_SANDBOX_DIR: join(root, 'sandbox'),
  XDG_STATE_HOME: join(root, 'state'),
  NEXT_TELEMETRY_DISABLED: '1',
};
const fromSources = {
  NODE_OPTIONS: process.execArgv.map((arg) => arg.replace('=tsx', `=${import.meta.resolve('tsx')}`)).join(' '),
};
const tozo = join(import.meta.dirname, '../../../node_modules/.bin/tozo');
const mostOfImage = 0.02;
const problems: string[] = [];

interface Report {
  readonly outcome: string;
  readonly sentBytes: number;
  readonly url?: string;
}

try {
  await installManagers();
  console.log('app       manager        packages  libraries      image  first sent   a line sent    share  unchanged');
  for (const app of exampleApps) if (wanted.length === 0 || wanted.includes(app.name)) await prove(app);
} finally {
  await run(tozo, ['sandbox', 'stop'], { cwd: root, env: { ...env, ...fromSources } }).catch(() => undefined);
  await rm(root, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

async function prove(app: ExampleApp): Promise<void> {
  const workspace = join(root, app.name);
  const directory = join(workspace, app.app);
  const paths: NodeJS.ProcessEnv = { ...env, PATH: `${join(bin, app.manager)}${delimiter}${env['PATH']}` };
  for (const [file, text] of Object.entries(app.files)) {
    await mkdir(dirname(join(workspace, file)), { recursive: true });
    await writeFile(join(workspace, file), text);
  }
  const command = app.manager.startsWith('yarn') ? 'yarn' : app.manager;
  const manage = async (...args: string[]): Promise<unknown> =>
    run(command, args, { cwd: workspace, env: paths, maxBuffer: 1e8 });
  const build = (): Promise<unknown> =>
    app.app === '' ? manage('run', 'build') : manage('--recursive', 'run', 'build');
  const imageDeps = async (): Promise<unknown> =>
    JSON.parse(
      (await run(tozo, ['image-deps', '--json'], { cwd: directory, env: { ...paths, ...fromSources } })).stdout,
    );
  const deploy = async (): Promise<Report> => {
    const args = ['deploy', '--sandbox', '--builder', 'direct', '--report', 'report.json'];
    const failure = await run(tozo, args, { cwd: directory, env: { ...env, ...fromSources } }).then(
      () => '',
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    if (failure) problems.push(`${app.name}: ${failure}`);
    return JSON.parse(await readFile(join(directory, 'report.json'), 'utf8')) as Report;
  };

  if (app.manager === 'yarn-berry') {
    const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: root });
    paths['YARN_NPM_REGISTRY_SERVER'] = stdout.trim();
    paths['YARN_ENABLE_IMMUTABLE_INSTALLS'] = 'false';
  }
  await manage('install', ...(app.manager === 'npm' ? ['--no-audit', '--no-fund'] : []));
  await build();
  const { layers } = (await imageDeps()) as { layers: Record<string, { count: number; bytes: number }> };
  const names = await packageNames(join(directory, 'out/image'));
  for (const name of app.development)
    if (names.has(name)) problems.push(`${app.name}: ${name} of devDependencies is in the image`);
  const first = await deploy();
  const file = join(workspace, app.change.file);
  await writeFile(file, (await readFile(file, 'utf8')).replace(app.change.from, app.change.to));
  await build();
  await imageDeps();
  const second = await deploy();
  await imageDeps();
  const third = await deploy();
  const image = Object.values(layers).reduce((sum, { bytes }) => sum + bytes, 0);
  const share = second.sentBytes / first.sentBytes;
  if (first.outcome !== 'deployed' || second.outcome !== 'deployed')
    problems.push(`${app.name}: ${first.outcome}, ${second.outcome}`);
  if (third.outcome !== 'unchanged' || third.sentBytes > 0)
    problems.push(`${app.name}: an unchanged image is ${third.outcome}`);
  if (share > mostOfImage) problems.push(`${app.name}: a line sends ${percent(share)} of the image`);
  const columns = [
    app.name.padEnd(9),
    app.manager.padEnd(12),
    String(layers['packages']?.count).padStart(10),
    String(layers['libraries']?.count).padStart(10),
    megabytes(image).padStart(10),
    String(first.sentBytes).padStart(11),
    String(second.sentBytes).padStart(13),
    percent(share).padStart(8),
    third.outcome.padStart(10),
  ];
  console.log(columns.join(' '));
}

/** pnpm and Yarn are installed beside the apps, so that the proof needs only npm. */
async function installManagers(): Promise<void> {
  const tools = join(root, 'tools');
  await mkdir(tools);
  await writeFile(join(tools, 'package.json'), '{ "private": true }\n');
  const versions = ['pnpm@10.34.9', 'yarn-classic@npm:yarn@1.22.22', 'yarn-berry@npm:@yarnpkg/cli-dist@4.18.1'];
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...versions], { cwd: tools, env });
  const commands = {
    npm: {},
    pnpm: { pnpm: 'pnpm/bin/pnpm.cjs' },
    'yarn-classic': { yarn: 'yarn-classic/bin/yarn.js' },
    'yarn-berry': { yarn: 'yarn-berry/bin/yarn.js' },
  };
  for (const [manager, links] of Object.entries(commands)) {
    await mkdir(join(bin, manager), { recursive: true });
    for (const [name, script] of Object.entries(links))
      await symlink(join(tools, 'node_modules', script), join(bin, manager, name));
  }
}

async function packageNames(directory: string): Promise<Set<string>> {
  const files = await readdir(directory, { recursive: true });
  return new Set(
    files.flatMap((file) => /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\/package\.json$/.exec(file)?.[1] ?? []),
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
