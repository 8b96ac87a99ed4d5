import { describe, expect, it, test } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

/* Files that are valid, and strange: what can't be known isn't guessed, and what tozo deploy would refuse isn't written. */

type Files = Readonly<Record<string, string>>;
const dockerfile = 'FROM node:24-slim\n';
const plan = (files: Files, from: readonly string[] = ['.gitlab-ci.yml']): InitPlan =>
  planInit(snapshotOf({ ...projects.node, ...files }), { directory: '', version: '0.1.0', from });
const fromCi = (ci: string, files: Files = {}): InitPlan =>
  plan({ Dockerfile: dockerfile, ...files, '.gitlab-ci.yml': ci });
const textOf = ({ changes }: InitPlan, file: string): string => changes.find(({ path }) => path === file)?.after ?? '';
const deployOf = (found: InitPlan, path = 'deploy.json'): object => JSON.parse(textOf(found, path)) as object;
const left = ({ lines }: InitPlan): string[] =>
  lines.flatMap((line) => (line.left === undefined ? [] : [`${line.file}:${line.line} ${line.text}: ${line.left}`]));

const job = (...script: string[]): string =>
  `deploy:\n  script:\n${script.map((line) => `    - ${JSON.stringify(line)}\n`).join('')}`;

describe('odd files', () => {
  it('a variable with another value in each branch has none that is known', () => {
    const found = fromCi(job('if true; then APP=shop-a; else APP=shop-b; fi', 'heroku container:push web -a $APP'));
    expect(deployOf(found)).not.toHaveProperty('app');
    expect(left(found)).toContainEqual(
      expect.stringMatching(/\$APP: rename this CI\/CD variable to HEROKU_APP, or set "app"/),
    );
  });

  it('what tozo deploy would refuse is left', () => {
    const found = plan(
      {
        Procfile: 'web: node server.js\nWEB2: node server.js\n',
        'app.json': '{ "env": { "lower-case": "x", "N": 5 } }',
      },
      ['Procfile', 'app.json'],
    );
    expect(deployOf(found)).toMatchObject({ configVars: { N: '5' } });
    expect(left(found).join('\n')).toMatch(/lower-case: deploy\.json has no config var of this name/);
    expect(left(found).join('\n')).toMatch(/WEB2: process types have lowercase letters/);
    expect(left(fromCi(job('heroku container:push web -a Shop_Live')))).toContainEqual(
      expect.stringMatching(/Shop_Live: it isn't a name that Heroku accepts/),
    );
  });

  it('a dyno count in app.json does not replace web', () => {
    const found = plan({ 'app.json': '{ "formation": { "worker": { "quantity": 1 }, "x": { "quantity": -1 } } }' }, [
      'app.json',
    ]);
    expect(deployOf(found)).toMatchObject({ processes: { web: {}, worker: { dynos: 1 } } });
    expect(deployOf(found)).not.toHaveProperty('processes.x');
  });

  it('line ends of Windows stay', () => {
    const ci = `stages:\n  - test\n${job('heroku container:push web -a shop-live')}`.replaceAll('\n', '\r\n');
    const written = textOf(fromCi(ci), '.gitlab-ci.yml');
    expect(written).toContain('\r\n');
    expect(written.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('a template with inputs, and an image of another place, are left', () => {
    expect(() => fromCi('spec:\n  inputs: {}\n---\na:\n  script: heroku container:push web\n')).toThrow(
      /several documents/,
    );
    const found = fromCi(job('docker build -t registry.heroku.com/shop-live/web https://example.com/a.git'));
    expect(left(found)).toContainEqual(expect.stringMatching(/isn't a directory of this repository/));
  });

  it('a command that sets PORT is pointed out', () => {
    expect(plan({ Procfile: 'web: PORT=3000 node server.js\n' }, ['Procfile']).notes).toContainEqual(
      expect.stringMatching(/the command of web sets PORT, which Heroku sets/),
    );
  });

  it('Terraform: expressions, several apps of one resource, locals', () => {
    const found = plan(
      {
        'a.tf':
          'locals {\n  name = "shop-live"\n}\nresource "heroku_app" "x" {\n  for_each = toset(["a"])\n  name = local.name\n  config_vars = merge(local.a, { B = "1" })\n}\n',
      },
      ['a.tf'],
    );
    expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
    expect(left(found)).toEqual([
      expect.stringMatching(/x\.for_each: several apps of one resource/),
      expect.stringMatching(/x\.config_vars: it is an expression/),
    ]);
  });
});

test.each([
  ['node .', { main: './lib/index.js' }, 'lib/index.js'],
  ['node ./', {}, 'index.js'],
  ['node dist', {}, 'dist/index.js'],
  ['node --env-file=.env server.js', {}, 'server.js'],
  ['node --env-file .env server', {}, 'server.js'],
])('the script "%s" becomes a command that works in an image', (start, more, file) => {
  const files = { ...projects.node, 'package.json': JSON.stringify({ name: 'shop', scripts: { start }, ...more }) };
  expect(textOf(planInit(snapshotOf(files), { directory: '', version: '0.1.0' }), 'Dockerfile')).toContain(
    `CMD ["node", "${file}"]\n`,
  );
});
