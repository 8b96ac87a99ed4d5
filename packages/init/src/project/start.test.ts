import { describe, expect, it, test } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

/* What the script `start` does is in the image, in the release phase or in the list of things to do: nothing is dropped. */

type Files = Readonly<Record<string, string>>;
const planOf = (manifest: object, files: Files = {}): InitPlan =>
  planInit(
    snapshotOf({
      'package-lock.json': '{ "lockfileVersion": 3 }',
      ...files,
      'package.json': JSON.stringify({ name: 'shop', ...manifest }),
    }),
    { directory: '', version: '0.1.0' },
  );
const textOf = ({ changes }: InitPlan, file: string): string => changes.find(({ path }) => path === file)?.after ?? '';
const commandOf = (plan: InitPlan): unknown =>
  JSON.parse(/^CMD (.*)$/m.exec(textOf(plan, 'Dockerfile'))?.[1] ?? 'null') as unknown;
const releaseOf = (plan: InitPlan): unknown =>
  (JSON.parse(textOf(plan, 'deploy.json')) as { processes: Record<string, { command?: unknown }> }).processes['release']
    ?.command;
const filesOf = (plan: InitPlan): unknown => (JSON.parse(textOf(plan, 'package.json')) as { files?: unknown }).files;
const server = { 'server.js': projects.node['server.js'] };

describe('a migration before the server', () => {
  const files = { ...server, 'migrate.js': '', 'knexfile.js': '' };
  it.each<[string, Files, readonly string[]]>([
    ['node migrate.js && node server.js', {}, ['node', 'migrate.js']],
    ['node migrate.js; node server.js', {}, ['node', 'migrate.js']],
    ['npm run migrate && node server.js', { migrate: 'node migrate.js' }, ['node', 'migrate.js']],
    ['node server.js', { prestart: 'node ./migrate.js' }, ['node', './migrate.js']],
    ['npx prisma migrate deploy && node server', {}, ['node_modules/.bin/prisma', 'migrate', 'deploy']],
    ['knex migrate:latest && node .', {}, ['node_modules/.bin/knex', 'migrate:latest']],
    ['sequelize db:migrate && npm run serve', { serve: 'node server' }, ['node_modules/.bin/sequelize', 'db:migrate']],
    [
      'typeorm migration:run -d a.js && node server.js',
      {},
      ['node_modules/.bin/typeorm', 'migration:run', '-d', 'a.js'],
    ],
    ['node migrate.js || exit 1; node server.js', {}, ['sh', '-c', 'node migrate.js || exit 1']],
    [
      'node migrate.js a && node migrate.js b && node server.js',
      {},
      ['sh', '-c', 'node migrate.js a && node migrate.js b'],
    ],
  ])('becomes processes.release: %s', (start, scripts, release) => {
    const dependencies = { prisma: '6', knex: '3', 'sequelize-cli': '6', typeorm: '0.3' };
    const plan = planOf({ scripts: { start, ...scripts }, dependencies, main: 'server.js' }, files);
    expect(releaseOf(plan)).toEqual(release);
    expect(commandOf(plan)).toEqual(['node', 'server.js']);
    expect(filesOf(plan)).toEqual(['knexfile.js', 'migrate.js', 'server.js']);
    expect(plan.notes).toContainEqual(expect.stringMatching(/"start" migrates before the server starts/));
  });

  it('whose tool is a devDependency is pointed out', () => {
    const scripts = { start: 'prisma migrate deploy && node server.js' };
    const plan = planOf({ scripts, devDependencies: { prisma: '6' } }, files);
    expect(plan.notes).toContainEqual(expect.stringMatching(/prisma is a devDependency.*move it to dependencies/));
  });

  it('of an app that is built has its files', () => {
    const scripts = { build: 'tsc', start: 'node scripts/migrate.js && node dist/server.js' };
    const plan = planOf(
      { scripts },
      { 'scripts/migrate.js': '', 'src/server.ts': 'app.listen(1)', 'tsconfig.json': '' },
    );
    expect(filesOf(plan)).toEqual(['dist', 'scripts', 'src']);
  });

  it('stays in front of Next', () => {
    const scripts = { build: 'next build', start: 'prisma migrate deploy && next start' };
    const plan = planOf({ scripts, dependencies: { next: '15', prisma: '6' } }, { 'prisma/schema.prisma': '' });
    expect(releaseOf(plan)).toEqual(['node_modules/.bin/prisma', 'migrate', 'deploy']);
    expect(commandOf(plan)).toEqual(['node', 'node_modules/next/dist/bin/next', 'start']);
  });
});

test.each<[string, readonly string[]]>([
  ['node warm-up.js && node server.js', ['sh', '-c', 'node warm-up.js && exec node server.js']],
  ['TZ=UTC NODE_ENV=production node server.js', ['env', 'TZ=UTC', 'node', 'server.js']],
  ['node server.js --port $PORT', ['sh', '-c', 'exec node server.js --port $PORT']],
  ['node worker.js & node server.js', ['npm', 'run', '--silent', 'start']],
])('what else the script does stays: %s', (start, command) => {
  expect(commandOf(planOf({ scripts: { start } }, { ...server, 'warm-up.js': '', 'worker.js': '' }))).toEqual(command);
});

describe('a build before the server', () => {
  it('is a build of the image', () => {
    const scripts = { scss: 'sass a.scss a.css', start: 'npm run scss && node server.js' };
    const plan = planOf({ scripts, devDependencies: { sass: '1' } }, server);
    expect(commandOf(plan)).toEqual(['node', 'server.js']);
    expect(textOf(plan, 'package.json')).toContain('"build": "npm run scss"');
    expect(textOf(plan, 'package.json')).toContain('npm run build && tozo image-deps');
    expect(textOf(plan, '.gitlab-ci.yml')).toContain('npm run build');
    expect(plan.notes).toContainEqual(expect.stringMatching(/"start" runs npm run scss first/));
  });

  it('which the script build does already needs nothing', () => {
    const scripts = { build: 'tsc --outDir lib', start: 'npm run build && node lib/server.js' };
    const plan = planOf({ scripts }, { 'src/server.ts': '' });
    expect(commandOf(plan)).toEqual(['node', 'lib/server.js']);
    expect(filesOf(plan)).toEqual(['lib']);
    expect(plan.notes.join('\n')).not.toContain('"start"');
  });
});

test.each<[string, Files, string, readonly string[]]>([
  ['node ./bin/www', { 'bin/www': '', 'app.js': '', 'routes/index.js': '' }, 'bin/www', ['app.js', 'bin', 'routes']],
  ['node lib', { 'lib/index.js': '', 'a.js': '' }, 'lib/index.js', ['a.js', 'lib']],
  ['node server', { 'server.js': '', 'server/index.js': '' }, 'server.js', ['server', 'server.js']],
  ['node dist/server.js', { 'dist/server.js': '' }, 'dist/server.js', ['dist']],
])('the file of "%s" is the one that Node finds, and the app has all that is tracked', (start, files, file, listed) => {
  const plan = planOf({ scripts: { start } }, files);
  expect(commandOf(plan)).toEqual(['node', file]);
  expect(filesOf(plan)).toEqual(listed);
});

describe('what the build writes is in the image', () => {
  it.each<[string, string, object, Files, readonly string[]]>([
    ['react-router build', 'react-router-serve ./build/server/index.js', {}, { 'app/root.tsx': '' }, ['build']],
    [
      'react-router build',
      'cross-env NODE_ENV=production node .',
      { main: 'index.js' },
      { 'index.js': '', 'app/a.ts': '' },
      ['build', 'app', 'index.js'],
    ],
    ['remix vite:build', 'remix-serve ./build/server/index.js', {}, {}, ['build']],
    ['astro build', 'node ./dist/server/entry.mjs', {}, { 'public/a.png': '' }, ['dist', 'public']],
    ['nuxt build', 'node .output/server/index.mjs', {}, {}, ['.output']],
    [
      'vite build',
      'node server.js',
      {},
      { ...server, 'vite.config.ts': "build: { outDir: 'www' }" },
      ['www', 'server.js'],
    ],
    [
      'run-s build:*',
      'node server.js',
      { more: { 'build:a': 'vite build', 'build:b': 'esbuild b.ts --outdir=gen' } },
      server,
      ['dist', 'gen', 'server.js'],
    ],
    ['sass public', 'node server.js', {}, { ...server, 'public/a.scss': '' }, ['public', 'server.js']],
  ])('%s, %s', (build, start, { more, ...manifest }: { more?: Files }, files, listed) => {
    const plan = planOf({ scripts: { build, start, ...more }, ...manifest, devDependencies: { vite: '7' } }, files);
    expect(filesOf(plan)).toEqual(listed);
    expect(plan.notes.join('\n')).not.toContain('"files"');
  });

  it('as far as it is known, and else is something to do', () => {
    const plan = planOf({ scripts: { build: 'make all', start: 'node server.js' } }, server);
    expect(filesOf(plan)).toEqual(['server.js']);
    expect(plan.notes).toContainEqual(expect.stringMatching(/add the directory that npm run build writes to "files"/));
  });
});

test.each([
  'astro dev',
  'nuxt dev',
  'gatsby develop',
  'vue-cli-service serve',
  'remix dev',
  'react-router dev',
  'rsbuild dev',
  'docusaurus start',
  'strapi develop',
  'expo start',
  'wrangler dev',
  'rspack serve',
  'quasar dev',
  'ionic serve',
  'vinxi dev',
  'eleventy --serve',
  'vite preview',
  'npm run dev',
])('%s is a development tool', (start) => {
  const scripts = { start, dev: 'ng serve' };
  const dependencies = { [start.split(' ')[0]!]: '1' };
  expect(() => planOf({ scripts, dependencies }, { 'src/index.js': 'export default 1' })).toThrow(
    /"start" script (?:runs a development tool|is a development server)/,
  );
});

test.each([
  ['my-server start', { 'my-server': '1' }, 'my-server'],
  ['react-router-serve build/index.js', { '@react-router/serve': '7' }, '@react-router/serve'],
  ['tsx src/server.ts', { tsx: '4' }, 'tsx'],
])('%s of a devDependency is not in the image', (start, devDependencies, name) => {
  expect(() => planOf({ scripts: { start }, devDependencies })).toThrow(
    new RegExp(`runs .* of the devDependency ${name}, which the image doesn't have`),
  );
});
