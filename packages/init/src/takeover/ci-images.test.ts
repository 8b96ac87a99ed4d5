import { describe, expect, it } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

type Files = Readonly<Record<string, string>>;
const dockerfile = 'FROM node:24-slim\n';
const fromCi = (ci: string, files: Files = {}): InitPlan =>
  planInit(snapshotOf({ ...projects.node, Dockerfile: dockerfile, ...files, '.gitlab-ci.yml': ci }), {
    directory: '',
    version: '0.1.0',
    from: ['.gitlab-ci.yml'],
  });
const deployOf = ({ changes }: InitPlan): object =>
  JSON.parse(changes.find(({ path }) => path === 'deploy.json')!.after) as object;
const left = ({ lines }: InitPlan): string[] =>
  lines.flatMap((line) => (line.left === undefined ? [] : [`${line.text}: ${line.left}`]));
const job = (...script: string[]): string =>
  `deploy:\n  script:\n${script.map((line) => `    - ${JSON.stringify(line)}\n`).join('')}`;

describe('several images of an app', () => {
  it.each([
    ['docker build -f Dockerfile.release -t registry.heroku.com/shop-live/release .', 'docker pull node'],
    ['docker build -f Dockerfile.release -t migrate:1 .', 'docker tag migrate:1 registry.heroku.com/shop-live/release'],
  ])('the image of another process type is left, and the type with it: %s', (build, tag) => {
    const found = fromCi(
      job(
        'docker build -t registry.heroku.com/shop-live/web .',
        build,
        tag,
        'docker push registry.heroku.com/shop-live/web',
        'docker push registry.heroku.com/shop-live/release',
        'heroku container:release web release -a shop-live',
      ),
      { 'Dockerfile.release': dockerfile },
    );
    expect(left(found)).toContainEqual(
      expect.stringMatching(
        /Dockerfile\.release .*: all process types run one image\. Add what Dockerfile\.release adds/,
      ),
    );
    expect(deployOf(found)).toMatchObject({ app: 'shop-live', processes: { web: {} } });
    expect(deployOf(found)).not.toHaveProperty('processes.release');
    expect(deployOf(found)).not.toHaveProperty('dockerfile');
  });

  it('a release without a command is not one', () => {
    const found = fromCi(job('heroku container:push web release -a shop-live'));
    expect(deployOf(found)).not.toHaveProperty('processes.release');
    expect(found.notes).toContainEqual(expect.stringMatching(/no processes\.release, because its command isn't known/));
  });
});
