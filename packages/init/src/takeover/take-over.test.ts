import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

const plan = (files: Readonly<Record<string, string>>, from: readonly string[], more = {}): InitPlan =>
  planInit(snapshotOf({ ...projects.node, ...files }, more), { directory: '', version: '0.1.0', from });
const textOf = ({ changes }: InitPlan, file: string): string => changes.find(({ path }) => path === file)?.after ?? '';
const deployOf = (found: InitPlan): object => JSON.parse(textOf(found, 'deploy.json')) as object;
const left = ({ lines }: InitPlan): string[] =>
  lines.flatMap((line) => (line.left === undefined ? [] : [`${line.line} ${line.text}: ${line.left}`]));
const became = ({ lines }: InitPlan): string[] =>
  lines.flatMap((line) => (line.became === undefined ? [] : [`${line.line} ${line.text}`]));

const ci = (deploy: string, rest = ''): Readonly<Record<string, string>> => ({
  '.gitlab-ci.yml': `${rest}deploy:\n  stage: deploy\n${deploy}`,
});
const fromCi = (deploy: string, rest = ''): InitPlan => plan(ci(deploy, rest), ['.gitlab-ci.yml']);

describe('.gitlab-ci.yml', () => {
  const tutorial = fromCi(
    `  image: docker:19.03.12
  services: [docker:19.03.12-dind]
  script:
    - docker login registry.heroku.com --username $HEROKU_USERNAME --password $HEROKU_API_KEY
    - docker build -t registry.heroku.com/$HEROKU_APP/web .
    - docker push registry.heroku.com/$HEROKU_APP/web
    - >-
      curl --fail -X PATCH "https://api.heroku.com/apps/$HEROKU_APP/formation"
      -d '{"updates":[{"type":"web","docker_image":"'$(docker inspect registry.heroku.com/$HEROKU_APP/web --format={{.Id}})'"}]}'
    - ./announce.sh
  only: [main]
`,
    '# Our pipeline\nstages: [build, deploy]\n\n# Keep this\naudit:\n  stage: build\n  script: npm audit # always\n\n',
  );

  it('a key in plain text is named by its line, without its value', () => {
    const found = fromCi(
      '  script: heroku container:push web -a shop-live\n',
      'variables:\n  HEROKU_API_KEY: 01234567-89ab-cdef-0123-456789abcdef\n  HEROKU_TOKEN: $OTHER\n',
    );
    expect(left(found)).toContainEqual(expect.stringMatching(/^2 HEROKU_API_KEY: …: .*revoke it/));
    expect(left(found).join('\n')).not.toMatch(/01234567|HEROKU_TOKEN: …/);
  });

  it('the job of the tutorial becomes the pipeline, and everything else stays to the byte', () => {
    const text = textOf(tutorial, '.gitlab-ci.yml');
    expect(text).toContain('# Keep this\naudit:\n  stage: build\n  script: npm audit # always\n');
    expect(text).not.toContain('docker');
    expect(parse(text)).toMatchObject({
      include: [{ component: 'gitlab.com/tozo/tozo/pipeline@0.1.0' }, { local: '.gitlab/deploy.yml' }],
      stages: ['lint-test', 'build', 'deploy'],
      'lint-test': { script: expect.arrayContaining(['npx --no tozo image-deps']) },
    });
    expect(deployOf(tutorial)).toEqual({ $schema: expect.any(String), processes: { web: { health: { path: '/' } } } });
  });
  it('lists each line with what it became', () => {
    expect(became(tutorial)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^14 docker login/),
        expect.stringMatching(/^15 docker build/),
        expect.stringMatching(/^18 curl/),
        '21 deploy: only',
      ]),
    );
    expect(left(tutorial)).toEqual([
      expect.stringMatching(/\$HEROKU_API_KEY: give this CI\/CD variable the scope production/),
      expect.stringMatching(/^20 \.\/announce\.sh: it belongs to no deploy/),
    ]);
  });

  it.each<[string, string, string | undefined, object]>([
    [
      'a literal app',
      '  script:\n    - docker push registry.heroku.com/shop-live/web\n',
      undefined,
      { app: 'shop-live' },
    ],
    [
      'a variable of the job',
      '  variables: { NAME: shop-live }\n  script:\n    - docker push registry.heroku.com/$NAME/web\n',
      undefined,
      { app: 'shop-live' },
    ],
    [
      'an image in a variable',
      '  script:\n    - docker build -t $IMAGE .\n    - docker push $IMAGE\n',
      'variables:\n  IMAGE: registry.heroku.com/shop-live/web\n',
      { app: 'shop-live' },
    ],
    [
      'the Heroku CLI',
      '  script: |\n    heroku container:push web worker -a shop-live\n    heroku container:release web worker --app shop-live\n',
      undefined,
      { app: 'shop-live', processes: { worker: {} } },
    ],
    [
      'kaniko',
      '  script:\n    - /kaniko/executor --context $CI_PROJECT_DIR --destination registry.heroku.com/shop-live/web\n',
      undefined,
      { app: 'shop-live' },
    ],
    [
      'dpl',
      '  script:\n    - gem install dpl\n    - dpl --provider=heroku --app=shop-live --api-key=$HEROKU_TOKEN\n',
      undefined,
      { app: 'shop-live' },
    ],
    [
      'git push',
      '  script: git push https://heroku:$HEROKU_API_KEY@git.heroku.com/shop-live.git HEAD:main\n',
      undefined,
      { app: 'shop-live' },
    ],
    [
      'a hidden job',
      '  extends: .heroku\n  variables: { APP: shop-live }\n',
      '.heroku:\n  script:\n    - docker push registry.heroku.com/$APP/web\n',
      { app: 'shop-live' },
    ],
    [
      'an anchor',
      '  script:\n    - *push\n',
      '.push: &push\n  - docker push registry.heroku.com/shop-live/web\n',
      { app: 'shop-live' },
    ],
    [
      'build arguments',
      '  script: docker build --build-arg REGION=eu --build-arg TOKEN=$TOKEN --build-arg CI_COMMIT_SHA -t registry.heroku.com/shop-live/web .\n',
      undefined,
      { app: 'shop-live' },
    ],
  ])('reads %s', (_, deploy, rest, expected) => {
    expect(deployOf(fromCi(deploy, rest))).toMatchObject(expected);
  });

  it('two jobs of different apps become environments', () => {
    const found = plan(
      {
        '.gitlab-ci.yml': ['staging', 'production']
          .map((name) => `${name}:\n  environment: ${name}\n  script: heroku container:push web -a shop-${name}\n`)
          .join(''),
      },
      ['.gitlab-ci.yml'],
    );
    expect(deployOf(found)).toMatchObject({
      environments: { staging: { app: 'shop-staging' }, production: { app: 'shop-production' } },
    });
  });
  it('jobs without an environment are named after it, as in old examples with type and dpl', () => {
    const job = (name: string, only: string): string =>
      `${name}:\n  type: deploy\n  script:\n  - gem install dpl\n  - dpl --provider=heroku --app=shop-${name} --api-key=$HEROKU_${name.toUpperCase()}_API_KEY\n  only: [${only}]\n`;
    const found = plan({ '.gitlab-ci.yml': job('staging', 'master') + job('production', 'tags') }, ['.gitlab-ci.yml']);
    expect(deployOf(found)).toMatchObject({
      environments: { staging: { app: 'shop-staging' }, production: { app: 'shop-production' } },
    });
    expect(left(found)).toContainEqual(
      expect.stringMatching(/production: only: .*promoted by hand, from the one before it/),
    );
  });
  it('reads a template that is merged', () => {
    const found = fromCi(
      '  <<: *push\n  environment: production\n',
      '.push: &push\n  script:\n    - docker push registry.heroku.com/shop-live/web\n\n',
    );
    expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
    expect(textOf(found, '.gitlab-ci.yml')).not.toContain('heroku');
  });
  it('names a key and an app in variables of other names', () => {
    const found = fromCi(
      '  script:\n    - docker login -u _ -p $HEROKU_TOKEN registry.heroku.com\n    - docker push registry.heroku.com/$NAME/web\n',
    );
    expect(left(found)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/\$HEROKU_TOKEN: rename this CI\/CD variable to HEROKU_API_KEY/),
        expect.stringMatching(/\$NAME: rename this CI\/CD variable to HEROKU_APP/),
      ]),
    );
  });
  it('stays as it is if no job deploys to Heroku, or if Git could not bring it back', () => {
    const found = plan({ '.gitlab-ci.yml': 'test:\n  script: npm test\n' }, ['.gitlab-ci.yml']);
    expect(textOf(found, '.gitlab-ci.yml')).toBe('');
    expect(() =>
      plan(ci('  script: heroku container:push web\n'), ['.gitlab-ci.yml'], {
        uncommitted: new Set(['.gitlab-ci.yml']),
      }),
    ).toThrow(/commit or stash them/);
  });
});

test('heroku.yml becomes process types, build arguments and config vars', () => {
  const found = plan(
    {
      Dockerfile: 'FROM node:24\n',
      'heroku.yml': `setup:
  addons:
    - plan: heroku-postgresql
  config:
    LOG_LEVEL: info
build:
  docker:
    web: Dockerfile
    worker: worker/Dockerfile
  config:
    REGION: eu
release:
  image: web
  command:
    - node migrate.js
run:
  web: node server.js
  worker: node worker.js && echo done
`,
    },
    ['heroku.yml'],
  );
  expect(deployOf(found)).toMatchObject({
    buildArgs: { REGION: 'eu' },
    configVars: { LOG_LEVEL: 'info' },
    processes: {
      web: { command: ['node', 'server.js'] },
      worker: { command: ['sh', '-c', 'node worker.js && echo done'] },
      release: { command: ['node', 'migrate.js'] },
    },
  });
  expect(left(found)).toEqual([
    expect.stringMatching(/^2 addons:: add-ons stay/),
    expect.stringMatching(/^9 worker: .*all process types run one image/),
  ]);
  expect(found.removable).toEqual([{ path: 'heroku.yml', reason: 'deploy.json replaces it' }]);
});

test('a Procfile and an app.json become one deploy.json', () => {
  const found = plan(
    {
      Procfile: '# processes\nweb: node server.js\nworker: node worker.js\nrelease: node migrate.js\nbroken\n',
      'app.json': JSON.stringify({
        name: 'shop',
        env: { LOG_LEVEL: 'info', SECRET: { generator: 'secret' }, TOKEN: { required: true } },
        formation: { worker: { quantity: 2 } },
        addons: ['heroku-redis'],
      }),
    },
    ['Procfile', 'app.json'],
  );
  expect(deployOf(found)).toMatchObject({
    processes: {
      web: { health: { path: '/' } },
      worker: { command: ['node', 'worker.js'], dynos: 2 },
      release: { command: ['node', 'migrate.js'] },
    },
    configVars: { LOG_LEVEL: 'info' },
  });
  expect(textOf(found, 'Dockerfile')).toContain('CMD ["node", "server.js"]');
  expect(left(found).map((line) => line.split(': ')[0])).toEqual(['5 broken', '1 SECRET', '1 TOKEN', '1 heroku-redis']);
});

test('Terraform files become infrastructure.mts, which imports what exists', () => {
  const found = plan(
    {
      'gitlab.tf': `# The project
variable "app" {
  default = "shop-live"
}
resource "heroku_app" "shop" {
  name   = var.app
  region = "eu" # near
  stack  = "container"
  organization {
    name = "acme"
  }
}
resource "gitlab_project" "shop" {
  name             = "shop"
  visibility_level = "private"
}
resource "gitlab_project_variable" "key" {
  project = gitlab_project.shop.id
  key     = "HEROKU_API_KEY"
  value   = var.heroku_api_key
  masked  = true
}
resource "gitlab_branch_protection" "main" {
  project            = gitlab_project.shop.id
  branch             = "main"
  push_access_level  = "no one"
  merge_access_level = "maintainer"
  allow_force_push   = false
}
resource "gitlab_branch_protection" "release" {
  project           = gitlab_project.shop.id
  branch            = "release"
  push_access_level = var.level
}
resource "heroku_config" "shop" {
  vars = {
    LOG_LEVEL = "info"
  }
}
`,
    },
    ['gitlab.tf'],
    { remote: 'git@gitlab.com:acme/shop.git' },
  );
  const text = textOf(found, 'infrastructure.mts');
  for (const part of [
    "appName: 'shop-live'",
    "region: 'eu'",
    "team: 'acme'",
    "existing: { herokuApp: true, gitlabProject: 'acme/shop', variablesScope: '*' }",
    `import { App, DeployInfrastructure, GitlabBranchProtection, synthesize } from '@tozo/infrastructure';`,
    `});
new GitlabBranchProtection(infrastructure, 'branch_main', {
  project: infrastructure.project.projectId,
  branch: 'main',
  pushAccessLevel: 'no one',
  mergeAccessLevel: 'maintainer',
  allowForcePush: false,
});

await synthesize(`,
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('branch_release');
  expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
  expect(left(found)).toEqual([
    expect.stringMatching(/^30 resource gitlab_branch_protection release: keep it in Terraform, or write it as Gitlab/),
    expect.stringMatching(/^35 resource heroku_config shop: each config var has one owner/),
  ]);
});

test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
  ["a file that doesn't exist", {}, 'heroku.yml', /^heroku\.yml doesn't exist or can't be read/],
  ['another kind of file', { 'README.md': '' }, 'README.md', /^README\.md isn't a \.gitlab-ci\.yml, heroku\.yml/],
  ['broken YAML', { 'heroku.yml': 'build: [\n' }, 'heroku.yml', /^heroku\.yml isn't valid YAML/],
  ['broken JSON', { 'app.json': '{' }, 'app.json', /^app\.json isn't valid JSON/],
  ['an empty file', { 'heroku.yml': '' }, 'heroku.yml', /^heroku\.yml contains no settings/],
])('%s is refused', (_, files, file, message) => {
  expect(() => plan(files, [file])).toThrow(message);
});
