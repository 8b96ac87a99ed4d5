import { describe, expect, it, test } from 'vitest';
import { planInit, type InitOptions } from './plan-init.ts';
import { applyPlan, projects, snapshotOf } from './testing/projects.ts';

const plan = (files: Readonly<Record<string, string>>, options: Partial<InitOptions> = {}, more = {}) =>
  planInit(snapshotOf(files, more), { directory: '', version: '0.1.0', ...options });
const written = (
  files: Readonly<Record<string, string>>,
  path: string,
  options: Partial<InitOptions> = {},
): string | undefined => plan(files, options).changes.find((change) => change.path === path)?.after;

test.each([
  ['node', '["node", "server.js"]', '/', ['server.js']],
  ['express', '["node", "dist/server.js"]', '/healthz', undefined],
  ['fastify', '["node", "src/server.js"]', '/', ['src', 'views']],
  ['nest', '["node", "dist/main.js"]', '/health', undefined],
  ['next', '["node", "server.js"]', '/', undefined],
  ['vite', '["node", "server.js"]', '/', ['dist', 'server.js']],
] as const)('an app of %s starts with its own command, without RUN', (name, command, health, files) => {
  const dockerfile = written(projects[name], 'Dockerfile')!;
  expect(dockerfile).toContain(`FROM node:24-slim\n`);
  expect(dockerfile).toContain(`CMD ${command}\n`);
  expect(dockerfile).not.toMatch(/^RUN/m);
  expect(JSON.parse(written(projects[name], 'deploy.json')!)).toMatchObject({
    processes: { web: { health: { path: health } } },
  });
  const manifest = JSON.parse(written(projects[name], 'package.json')!) as {
    files?: string[];
    scripts: Record<string, string>;
  };
  expect(manifest.files).toEqual(files);
  expect(manifest.scripts['deploy']).toMatch(/^(?:npm run build && )?tozo image-deps && tozo deploy$/);
});

test.each(Object.keys(projects) as (keyof typeof projects)[])(
  'a second run changes nothing in an app of %s',
  (name) => {
    const snapshot = snapshotOf(projects[name]);
    const options = { directory: '', version: '0.1.0', infrastructure: true };
    const first = planInit(snapshot, options);
    expect(first.changes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'deploy.json',
        'Dockerfile',
        '.dockerignore',
        'package.json',
        '.gitignore',
        '.gitlab-ci.yml',
        'infrastructure.mts',
      ]),
    );
    expect(planInit(applyPlan(first, snapshot), options).changes).toEqual([]);
  },
);

test('infrastructure.mts is an ES module in every package, and one with another name stays', () => {
  const { changes, next } = plan(projects.node, { infrastructure: true });
  const text = changes.find(({ path }) => path === 'infrastructure.mts')?.after;
  expect(text).toContain("new URL('out/infrastructure/cdk.tf.json', import.meta.url)");
  expect(next.at(-1)).toBe('npx tozo infrastructure synth');
  for (const name of ['infrastructure.ts', 'infrastructure.js', 'infrastructure.mjs'])
    expect(written({ ...projects.node, [name]: '' }, 'infrastructure.mts', { infrastructure: true })).toBeUndefined();
});

test('the command that installs what infrastructure.mts uses names the versions that fit together', () => {
  const { notes } = plan(projects.node, { infrastructure: true });
  const packages = '@tozo/infrastructure constructs@10.7 cdktf@npm:cdktn@0.24';
  expect(notes).toContainEqual(expect.stringMatching(new RegExp(`^Install what it uses: npm install .*${packages}$`)));
  const older = plan(projects.node, { infrastructure: true }, { needsTsx: true });
  expect(older.notes).toContainEqual(expect.stringMatching(new RegExp(`${packages} tsx$`)));
});

describe('the version header', () => {
  it('is used if the app sends it', () => {
    expect(written(projects.fastify, 'deploy.json')).toContain('"versionHeader": "x-version"');
    expect(plan(projects.fastify).proposals).toEqual([]);
  });
  it('is proposed as one line where the framework makes it one', () => {
    expect(plan(projects.express).proposals).toEqual([
      expect.stringMatching(/add to src\/server\.ts, before the first route:\n.*app\.use\(.*x-source-digest/),
    ]);
    expect(plan(projects.next).proposals).toEqual([]);
  });
});

describe('notes', () => {
  it('name a server that listens on localhost, or on a fixed port', () => {
    expect(plan(projects.fastify).notes).toContainEqual(expect.stringMatching(/^src\/server\.js listens on localhost/));
    const fixed = { ...projects.node, 'server.js': 'createServer(() => {}).listen(3000);\n' };
    expect(plan(fixed).notes).toContainEqual(expect.stringMatching(/^server\.js doesn't read PORT/));
  });
  it('say why there is no pipeline', () => {
    expect(plan(projects.node, {}, { isRepository: false }).notes).toContainEqual(
      expect.stringMatching(/run git init/),
    );
    expect(plan(projects.node, {}, { remote: 'git@github.com:acme/shop.git' }).notes).toContainEqual(
      expect.stringMatching(/origin is on github\.com/),
    );
    expect(plan({ ...projects.node, '.gitlab-ci.yml': 'test:\n  script: npm test\n' }).notes).toContainEqual(
      expect.stringMatching(/exists and stays as it is/),
    );
  });
});

test.each([
  ['npm', {}, 'npx --no tozo image-deps'],
  ['pnpm', { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" }, 'pnpm exec tozo image-deps'],
  ['yarn-classic', { 'yarn.lock': '# yarn lockfile v1\n' }, 'yarn --silent run tozo image-deps'],
  [
    'yarn-berry',
    { 'yarn.lock': '__metadata:\n', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    'yarn run -T tozo image-deps',
  ],
])('the pipeline installs and builds with %s', (name, files, command) => {
  const { 'package-lock.json': _, ...others } = projects.node;
  const project = name === 'npm' ? projects.node : { ...others, ...files };
  const pipeline = written(project, '.gitlab-ci.yml')!;
  expect(pipeline).toContain(`- ${command}`);
  expect(pipeline.includes('tool-install')).toBe(name !== 'npm');
});

test.each([
  ['npm', { 'package-lock.json': '' }, 'npm install --save-dev @tozo/cli'],
  [
    'pnpm',
    { 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': 'packages:\n  - apps/*\n' },
    'pnpm add --save-dev --workspace-root @tozo/cli',
  ],
  ['yarn-classic', { 'yarn.lock': '# yarn lockfile v1\n' }, 'yarn add --dev --ignore-workspace-root-check @tozo/cli'],
  [
    'yarn-berry',
    { 'yarn.lock': '__metadata:\n', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    'yarn add --dev @tozo/cli',
  ],
])('the root of a workspace of %s gets the command', (_name, files, command) => {
  const { next } = plan({
    ...files,
    'package.json': '{ "workspaces": ["apps/*"] }',
    'apps/shop/package.json': '{ "scripts": { "start": "node server.js" } }',
    'apps/shop/server.js': '',
  });
  expect(next[0]).toBe(command);
});

test('a workspace of Nx gets the plugin, and no scripts', () => {
  const files = {
    'nx.json': '{\n  // ours\n  "plugins": ["@nx/js"]\n}\n',
    'package.json': JSON.stringify({
      workspaces: ['apps/*', 'libs/*'],
      devDependencies: { nx: '23.2.1', '@tozo/nx': '0.1.0', '@tozo/cli': '0.1.0' },
    }),
    'package-lock.json': '',
    ...Object.fromEntries(Object.entries(projects.express).map(([path, text]) => [`apps/shop/${path}`, text])),
    'apps/shop/package-lock.json': '',
    'libs/prices/package.json': '{ "name": "prices", "scripts": { "build": "tsc" } }',
  };
  const { 'apps/shop/package-lock.json': _, ...project } = files;
  const { changes, apps } = plan(project);
  expect(apps.map(({ directory }) => directory)).toEqual(['apps/shop']);
  expect(changes.map(({ path }) => path)).not.toContain('apps/shop/package.json');
  const of = (path: string) => changes.find((change) => change.path === path)?.after;
  expect(of('nx.json')).toContain('// ours');
  expect(of('nx.json')).toMatch(/"plugins": \[\n\s+"@tozo\/nx\/plugin","@nx\/js"\]/);
  expect(of('.gitlab-ci.yml')).toContain('targets: lint test build image-deps');
  expect(of('apps/shop/deploy.json')).toContain('"../../node_modules/@tozo/cli/deploy.schema.json"');
});

test('every app of a workspace is found, and Turborepo builds them', () => {
  const files = {
    'turbo.json': '{}',
    'package.json': JSON.stringify({
      workspaces: ['apps/*'],
      scripts: { build: 'turbo run build', start: 'turbo run start' },
    }),
    'package-lock.json': '',
    ...Object.fromEntries(
      Object.entries(projects.express).map(([path, text]) => [`apps/api/${path}`, text.replace('"shop"', '"api"')]),
    ),
    ...Object.fromEntries(
      Object.entries(projects.nest).map(([path, text]) => [`apps/web/${path}`, text.replace('"shop"', '"web"')]),
    ),
  };
  const { apps, changes, notes } = plan(files);
  expect(apps.map(({ name }) => name)).toEqual(['api', 'web']);
  expect(changes.find(({ path }) => path === 'apps/api/package.json')?.after).toContain(
    'turbo run build --filter=api && tozo image-deps',
  );
  expect(changes.find(({ path }) => path === '.gitlab-ci.yml')?.after).toContain(
    '- (cd apps/web && npx --no tozo image-deps)',
  );
  expect(notes).toContainEqual(
    'For Heroku, set "app" in apps/api/deploy.json, apps/web/deploy.json to each app\'s name, then run npx tozo ci pipeline.',
  );
});

test('an existing Dockerfile and deploy.json stay as they are', () => {
  const { changes, kept, notes } = plan({
    ...projects.node,
    Dockerfile: 'FROM node:24\nRUN npm ci\n',
    'deploy.json': '{}',
  });
  expect(changes.map(({ path }) => path)).toEqual(['.dockerignore', '.gitignore', '.gitlab-ci.yml']);
  expect(kept).toEqual(['deploy.json', 'Dockerfile']);
  expect(notes).toContainEqual(expect.stringMatching(/^Dockerfile has RUN/));
});

test('what another tool left is listed as removable', () => {
  const { removable, changes } = plan({
    ...projects.node,
    'fly.toml': '',
    'out/image/app/server.js': '',
    Procfile: 'web: node server.js\n',
  });
  expect(removable.map(({ path }) => path)).toEqual(['Procfile', 'fly.toml', 'out/image']);
  expect(changes.map(({ path }) => path)).not.toContain('fly.toml');
});

test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  [
    'a directory without a package.json',
    { 'README.md': '' },
    /^There's no package\.json here: run this in an app's directory/,
  ],
  ['a broken package.json', { 'package.json': '{ "name": ' }, /^package\.json isn't valid JSON \(.*\): correct it/],
  ['a package.json that is a list', { 'package.json': '[]' }, /^package\.json isn't a JSON object/],
  ['a library', { 'package.json': '{ "name": "prices" }' }, /^No app was found: .*Add one/],
  [
    'a page without a server',
    { 'package.json': '{ "scripts": { "start": "vite" }, "devDependencies": { "vite": "7" } }' },
    /no server of its own\. Add one/,
  ],
  ['ts-node', { 'package.json': '{ "scripts": { "start": "ts-node src/server.ts" } }' }, /runs a development tool/],
  ['Bun', { 'package.json': '{ "scripts": { "start": "node a.js" } }', 'bun.lock': '' }, /uses Bun.*run npm install/],
  [
    "Plug'n'Play",
    { 'package.json': '{ "scripts": { "start": "node a.js" } }', 'yarn.lock': '__metadata:\n' },
    /add the line nodeLinker: node-modules/,
  ],
  [
    'two lock files',
    { ...projects.node, 'yarn.lock': '' },
    /lock files of several package managers.*delete all but one/,
  ],
  [
    'Nx 20',
    { 'nx.json': '{}', 'package.json': '{ "devDependencies": { "nx": "20.1.0" } }' },
    /has Nx 20\.1\.0, but @tozo\/nx needs Nx 22/,
  ],
  [
    'Nx without the plugin',
    { ...projects.node, 'nx.json': '{}' },
    /run npm install --save-dev @tozo\/nx @tozo\/cli first/,
  ],
])('%s is refused with what to do', (_, files, message) => {
  expect(() => plan(files)).toThrow(message);
});

test('what has to be installed comes before the deploy', () => {
  const manifest = JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node server.js' } });
  const { next } = plan({ ...projects.node, 'package.json': manifest });
  expect(next[0]).toMatch(/^npm install --save-dev @tozo\/cli/);
  expect(next.at(-1)).toContain('--sandbox');
});
