import { fileURLToPath } from 'node:url';
import { createMonorepo, type Monorepo, smallApp } from '../../../e2e/real/pipeline/monorepo.ts';

export const app = 'shop';

/** The tutorials' two jobs. The registry's name is the sandbox's, and the engine the runner's: docker:dind isn't counted. */
const tutorialPipeline = `stages: [lint-test, deploy]

lint-test:
  stage: lint-test
  script:
    - npm ci
    - npx --no nx run-many -t test build
  artifacts:
    paths: [apps/${app}/dist/]

deploy:
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  environment:
    name: production/${app}
  script:
    - cd apps/${app}
    - docker login "$REGISTRY" --username _ --password "$HEROKU_API_KEY"
    - docker build --tag "$REGISTRY/${app}-live/web" .
    - docker push "$REGISTRY/${app}-live/web"
    - >-
      curl --fail --silent --show-error -X PATCH "$HEROKU_API_URL/apps/${app}-live/formation"
      -H 'Content-Type: application/json' -H 'Accept: application/vnd.heroku+json; version=3.docker-releases'
      -H "Authorization: Bearer $HEROKU_API_KEY"
      -d '{"updates":[{"type":"web","docker_image":"'$(docker inspect "$REGISTRY/${app}-live/web" --format '{{.Id}}')'"}]}'
`;

const dockerfile = (base: string): string => `FROM ${base}
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY dist/node_modules ./node_modules
COPY dist/static ./static
COPY dist/package.json dist/server.js ./
USER node
CMD ["node", "server.js"]
`;

const health = { path: '/', versionHeader: 'x-source-digest' };

export interface RepositoryOptions {
  /** The directory of the app's node_modules and static files, which the build copies. */
  readonly store: string;
  /** The image in the Dockerfile's FROM. */
  readonly base: string;
}

/** A repository with one app of medium size, and the pipeline of docs/pipeline.md. */
export const createOurs = (options: RepositoryOptions): Promise<Monorepo> => create(options, {});

/** The same with the tutorials' pipeline. */
export const createTutorial = (options: RepositoryOptions): Promise<Monorepo> =>
  create(options, { '.gitlab-ci.yml': tutorialPipeline });

async function create({ store, base }: RepositoryOptions, files: Readonly<Record<string, string>>): Promise<Monorepo> {
  const build = `import { cpSync, rmSync } from 'node:fs';
rmSync('dist', { recursive: true, force: true });
for (const part of ['node_modules', 'static']) cpSync('${store}/' + part, 'dist/' + part, { recursive: true });
cpSync('src', 'dist', { recursive: true });
`;
  return await createMonorepo({
    apps: [app],
    filesOf: (name) => ({
      ...smallApp(name),
      [`apps/${name}/build.js`]: build,
      [`apps/${name}/Dockerfile`]: dockerfile(base),
      [`apps/${name}/deploy.json`]: JSON.stringify({ app: `${name}-live`, processes: { web: { health } } }),
      [`apps/${name}/.dockerignore`]: '*\n!dist\n',
    }),
    files,
    nxPackage: fileURLToPath(new URL('../../../packages/nx', import.meta.url)),
  });
}

/** Commits one changed line. Returns what the app responds then. */
export function changeLine({ clone }: Monorepo, version: string): string {
  clone.commit({
    [`apps/${app}/src/server.js`]: (text) => text.replace(/'shop \w+'/, `'${app} ${version}'`),
  });
  return `${app} ${version}`;
}
