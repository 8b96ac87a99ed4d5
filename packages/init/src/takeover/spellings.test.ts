import { describe, expect, it, test } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

/* Spellings of deploys in public repositories. docs/reference/take-over.md says where each was found. */

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
const became = ({ lines }: InitPlan): string[] =>
  lines.flatMap((line) => (line.became === undefined ? [] : [`${line.file}:${line.line} ${line.text}`]));

const job = (...script: string[]): string =>
  `deploy:\n  script:\n${script.map((line) => `    - ${JSON.stringify(line)}\n`).join('')}`;

describe('commands', () => {
  it.each<[string, readonly string[], object]>([
    [
      'a login by standard input',
      [
        'echo "$HEROKU_API_KEY" | docker login -u _ --password-stdin registry.heroku.com',
        'docker push registry.heroku.com/shop-live/web',
      ],
      { app: 'shop-live' },
    ],
    [
      'buildx',
      [
        'docker buildx create --use',
        'docker buildx build --push --platform linux/amd64 -t registry.heroku.com/shop-live/web .',
      ],
      { app: 'shop-live' },
    ],
    [
      'podman',
      ['podman build -t registry.heroku.com/shop-live/web .', 'podman push registry.heroku.com/shop-live/web'],
      { app: 'shop-live' },
    ],
    [
      'variables that a script sets',
      ['export APP=shop-live', 'TYPE=web', 'docker push registry.heroku.com/$APP/$TYPE'],
      { app: 'shop-live' },
    ],
    [
      'a container with the Heroku CLI',
      [
        'docker push registry.heroku.com/shop-live/web',
        'docker run --rm -e HEROKU_API_KEY=$KEY some/heroku-cli container:release web --app shop-live',
      ],
      { app: 'shop-live' },
    ],
    [
      'arguments of container:push',
      ['heroku container:push web --arg REGION=eu,TOKEN=$TOKEN --context-path . -a shop-live'],
      { app: 'shop-live', buildArgs: { REGION: 'eu', TOKEN: { fromEnv: 'TOKEN' } } },
    ],
    [
      'quotes',
      ['docker build -t "registry.heroku.com/shop-live/web" "."', 'heroku container:release web --app="shop-live"'],
      { app: 'shop-live' },
    ],
    [
      'a remote that the CLI adds',
      ['heroku git:remote -a shop-live -r live', 'git push -f live HEAD:main'],
      { app: 'shop-live' },
    ],
    [
      'another Dockerfile',
      ['docker build -f Dockerfile.prod -t registry.heroku.com/shop-live/web .'],
      { dockerfile: 'Dockerfile.prod' },
    ],
    [
      'a Dockerfile in a directory',
      ['docker build -f docker/Dockerfile -t registry.heroku.com/shop-live/web .'],
      { dockerfile: 'docker/Dockerfile' },
    ],
  ])('reads %s', (_, script, expected) => {
    const found = fromCi(job(...script), { 'Dockerfile.prod': dockerfile, 'docker/Dockerfile': dockerfile });
    expect(deployOf(found)).toMatchObject(expected);
    expect(left(found).filter((line) => !/\$HEROKU_API_KEY|\$KEY/.test(line))).toEqual([]);
  });

  it('a here-document belongs to its command, and shell keywords are none', () => {
    const script =
      "if true; then\n  cat >~/.netrc <<EOF\nmachine api.heroku.com\n  login me\nEOF\nfi\n# don't\nheroku container:push web -a shop-live";
    const found = fromCi(
      `deploy:\n  script:\n    - |\n${script
        .split('\n')
        .map((line) => `      ${line}\n`)
        .join('')}`,
    );
    expect(became(found)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/:5 cat >~\/\.netrc/),
        expect.stringMatching(/:11 heroku container:push/),
      ]),
    );
    expect(left(found).join('\n')).not.toMatch(/machine|login me|EOF/);
  });

  it('follows a script of the repository, and names its lines', () => {
    const found = fromCi(job('chmod +x ./release.sh', './release.sh'), {
      'release.sh':
        '#!/bin/sh\nAPP=shop-live\ncurl -X PATCH https://api.heroku.com/apps/$APP/formation -d \'{"updates":[{"type":"web"}]}\'\nsend-mail\n',
    });
    expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
    expect(became(found)).toContainEqual(expect.stringMatching(/^release\.sh:3 curl/));
    expect(left(found)).toContainEqual(expect.stringMatching(/^release\.sh:4 send-mail: it belongs to no deploy/));
  });
});

describe('jobs', () => {
  it('a script by !reference', () => {
    const found = fromCi(
      '.push:\n  script:\n    - docker push registry.heroku.com/shop-live/web\ndeploy:\n  script:\n    - !reference [.push, script]\n',
    );
    expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
    expect(textOf(found, '.gitlab-ci.yml')).not.toContain('heroku');
  });

  it('one image for two apps: their environments are named after the jobs that release them', () => {
    const found = fromCi(`build:
  script:
    - docker build -t image .
    - docker tag image registry.heroku.com/shop-staging/web
    - docker push registry.heroku.com/shop-staging/web
    - docker tag image registry.heroku.com/shop-live/web
    - docker push registry.heroku.com/shop-live/web
staging:
  script: heroku container:release web -a shop-staging
production:
  when: manual
  script: heroku container:release web -a shop-live
`);
    expect(deployOf(found)).toMatchObject({
      environments: {
        staging: { app: 'shop-staging' },
        production: { app: 'shop-live', after: { environment: 'staging', within: '7d' } },
      },
    });
    expect(left(found)).toContainEqual(expect.stringMatching(/the scopes staging\/\*, production\/\*/));
  });

  it('two images of one directory: the second one is named', () => {
    const found = plan({
      'backend/package.json': '{ "name": "backend" }',
      'backend/api.Dockerfile': dockerfile,
      'backend/worker.Dockerfile': dockerfile,
      '.gitlab-ci.yml': job(
        'cd backend',
        'docker build -t api:latest -f api.Dockerfile .',
        'docker build -t worker:latest -f worker.Dockerfile .',
        'docker tag api registry.heroku.com/shop-api/web',
        'docker tag worker registry.heroku.com/shop-worker/web',
        'docker push registry.heroku.com/shop-api/base',
        'heroku container:release web -a shop-api',
        'heroku container:release web -a shop-worker',
      ),
    });
    expect(deployOf(found, 'backend/deploy.json')).toMatchObject({ app: 'shop-api', dockerfile: 'api.Dockerfile' });
    expect(deployOf(found, 'backend/deploy.json')).not.toHaveProperty('processes.base');
    expect(left(found)).toContainEqual(expect.stringMatching(/shop-worker: a second image .*worker\.Dockerfile/));
    expect(textOf(found, 'deploy.json')).toBe('');
  });

  it('review apps stay, with the template that they extend', () => {
    const found = fromCi(`.heroku:
  script:
    - docker push registry.heroku.com/$APP/web
review:
  extends: .heroku
  variables: { APP: shop-$CI_COMMIT_REF_SLUG }
  environment: { name: review/$CI_COMMIT_REF_SLUG, on_stop: stop }
stop:
  environment: { name: review/$CI_COMMIT_REF_SLUG, action: stop }
  script: heroku apps:destroy shop-$CI_COMMIT_REF_SLUG --confirm shop-$CI_COMMIT_REF_SLUG
production:
  extends: .heroku
  variables: { APP: shop-live }
`);
    expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
    const rest = textOf(found, '.gitlab-ci.yml');
    for (const kept of ['.heroku:', 'review:', 'stop:']) expect(rest).toContain(`\n${kept}\n`);
    expect(rest).not.toContain('\nproduction:');
    expect(left(found).filter((line) => line.includes('review apps have no counterpart'))).toHaveLength(2);
  });

  it('an image of the other jobs stays, and the list of stages keeps its comments', () => {
    const rest = textOf(
      fromCi(
        `image: registry.example.com/docker-tools/node\nstages:\n  - test # first\n  - ship\n\ntest:\n  stage: test\n  script: npm test\n${job('heroku container:push web -a shop-live')}`,
      ),
      '.gitlab-ci.yml',
    );
    expect(rest).toContain('image: registry.example.com/docker-tools/node\n');
    expect(rest).toContain('stages:\n  - lint-test\n  - test # first\n  - ship\n  - deploy\n\ntest:');
  });

  it('jobs of an included file are named as such', () => {
    expect(left(fromCi('include:\n  - local: /ci/deploy.yml\n'))).toEqual([
      expect.stringMatching(/It includes ci\/deploy\.yml: move the jobs/),
    ]);
  });

  it('a merge conflict is called one', () => {
    expect(() => fromCi('a: 1\n<<<<<<< HEAD\nb: 1\n')).toThrow(/merge conflict in line 2/);
  });
});

test('heroku.yml: the context is the directory of the Dockerfile, and types without a command of their own are left', () => {
  const found = plan(
    {
      'web/Dockerfile': dockerfile,
      'worker/Dockerfile': dockerfile,
      'heroku.yml': 'build:\n  docker:\n    web: web/Dockerfile\n    worker: worker/Dockerfile\n',
    },
    ['heroku.yml'],
  );
  expect(deployOf(found)).toMatchObject({ dockerfile: 'web/Dockerfile', context: 'web' });
  expect(deployOf(found)).not.toHaveProperty('processes.worker');
});

test('a Dockerfile that is named, but missing, is replaced', () => {
  const { 'package.json': manifest } = projects.node;
  const found = plan({ 'package.json': manifest, 'heroku.yml': 'build:\n  docker:\n    web: old/Dockerfile\n' }, [
    'heroku.yml',
  ]);
  expect(deployOf(found)).not.toHaveProperty('dockerfile');
  expect(textOf(found, 'Dockerfile')).toContain('CMD ["node", "server.js"]');
  expect(left(found)).toContainEqual(expect.stringMatching(/old\/Dockerfile doesn't exist/));
});

test('a program that is not of Node is pointed out', () => {
  const found = plan({ Procfile: 'web: bundle exec rails server\n' }, ['Procfile']);
  expect(found.notes).toContainEqual(expect.stringMatching(/^Dockerfile is for Node\.js, and may not contain bundle/));
});

test("Terraform: config vars with a value are taken over, and files that keep something aren't removable as a whole", () => {
  const found = plan(
    {
      'heroku.tf': `resource "heroku_app" "shop" {
  name = "shop-live"
  acm  = true
  config_vars = {
    LOG_LEVEL = "info"
    API_URL   = var.api_url
  }
}
resource "heroku_addon" "db" {
  plan = "heroku-postgresql:mini"
}
resource "gitlab_project" "shop" {
  name = "shop"
}
`,
    },
    ['heroku.tf'],
  );
  expect(deployOf(found)).toMatchObject({ app: 'shop-live', configVars: { LOG_LEVEL: 'info' } });
  expect(left(found)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/API_URL: its value stays on Heroku/),
      expect.stringMatching(/shop\.acm: it stays/),
    ]),
  );
  expect(textOf(found, 'infrastructure.mts')).toContain("existing: { herokuApp: true, gitlabProject: 'GROUP/shop' }");
  expect(found.notes).toContainEqual(expect.stringMatching(/replace GROUP/));
  expect(found.removable).toEqual([
    { path: 'heroku.tf', reason: expect.stringMatching(/But keep resource heroku_addon db$/) },
  ]);
});

test('an own Dockerfile without ARG SOURCE_DIGEST is told what to add', () => {
  expect(fromCi(job('heroku container:push web -a shop-live')).proposals).toEqual([
    expect.stringMatching(
      /add to Dockerfile, as its last lines:\n    ARG SOURCE_DIGEST\n    ENV SOURCE_DIGEST=\$SOURCE_DIGEST\n  Then add to server\.js/,
    ),
  ]);
});

test.each([
  ['requirements.txt', 'Python'],
  ['Gemfile', 'Ruby'],
  ['go.mod', 'Go'],
])('a project with %s needs a Dockerfile', (file, language) => {
  expect(() => planInit(snapshotOf({ [file]: '' }), { directory: '', version: '0.1.0' })).toThrow(
    `This looks like a project of ${language}, without package.json. tozo deploys it by its Dockerfile: write one`,
  );
});
