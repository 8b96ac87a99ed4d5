/** A mistake that people make in their first hour, and what tozo says. */
export interface Mistake {
  readonly title: string;
  /** The command, without `tozo`. */
  readonly command: string;
  /** What differs from a project that works. Undefined: the file is missing. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly env?: NodeJS.ProcessEnv;
  /** What the deploy goes to: Heroku by default. */
  readonly to?: 'nothing';
  readonly code: number;
  /** The part of the output that says what happened: the page shows it from here to the end. */
  readonly says: RegExp;
  /** What to do next. */
  readonly next: RegExp;
}

const deploy = 'deploy --yes';
const json = (value: unknown): string => JSON.stringify(value);
const config = (more: object, web: object = {}): Record<string, string> => ({
  'deploy.json': json({ processes: { web }, ...more }),
});
const web = (health: object): Record<string, string> =>
  config({}, { health: { holdSeconds: 0.1, timeoutSeconds: 6, ...health } });
const dockerfile = (lines: string): Record<string, string> => ({ Dockerfile: `FROM node:24-slim\n${lines}\n` });
const start = (script: string, more: object = {}): Record<string, string> => ({
  'package.json': json({ name: 'shop', scripts: { start: script }, ...more }),
});
const nothing = {
  'package.json': undefined,
  'deploy.json': undefined,
  Dockerfile: undefined,
  'server.js': undefined,
} as const;

/** By where people are when they make them. */
export const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  'Setting up': [
    {
      title: 'tozo init in an empty directory',
      command: 'init --yes',
      files: nothing,
      code: 2,
      says: /There's no package\.json/,
      next: /npm init/,
    },
    {
      title: 'A package.json with a typing error',
      command: 'init --yes',
      files: { 'package.json': '{ "name": "shop", }' },
      code: 2,
      says: /package\.json isn't valid JSON/,
      next: /correct it/,
    },
    {
      title: 'A library instead of an app',
      command: 'init --yes',
      files: { ...nothing, 'package.json': json({ name: 'prices' }) },
      code: 2,
      says: /No app was found/,
      next: /"start" script/,
    },
    {
      title: 'A page without a server',
      command: 'init --yes',
      files: { ...nothing, ...start('vite', { devDependencies: { vite: '7.3.8' } }) },
      code: 2,
      says: /This project: .*no server/,
      next: /Add one that serves dist/,
    },
    {
      title: 'An app that only runs with ts-node',
      command: 'init --yes',
      files: { ...nothing, ...start('ts-node src/server.ts') },
      code: 2,
      says: /This project: .*development tool/,
      next: /Add a "start" script/,
    },
    {
      title: 'A project of Bun',
      command: 'init --yes',
      files: { 'bun.lock': '' },
      code: 2,
      says: /This project uses Bun/,
      next: /run npm install/,
    },
    {
      title: 'A workspace of Nx without the plugin',
      command: 'init --yes',
      files: { 'nx.json': '{}' },
      code: 2,
      says: /This is an Nx workspace/,
      next: /npm install --save-dev @tozo\/nx/,
    },
    {
      title: "Taking over a file that doesn't exist",
      command: 'init --from Procfil',
      code: 2,
      says: /Procfil doesn't exist/,
      next: /name a file of this project/,
    },
    {
      title: 'No lock file',
      command: 'image-deps',
      files: { 'package.json': json({ name: 'shop', files: ['server.js'] }) },
      code: 2,
      says: /\S+ has no package-lock\.json/,
      next: /run npm install/,
    },
    {
      title: 'An app that was not built',
      command: 'image-deps',
      files: { 'package-lock.json': '{ "lockfileVersion": 3 }' },
      code: 2,
      says: /\S+ has no dist/,
      next: /build the app first/,
    },
  ],
  'In deploy.json': [
    {
      title: 'The wrong directory',
      command: deploy,
      files: nothing,
      code: 2,
      says: /There's no deploy\.json/,
      next: /tozo init|directory/,
    },
    {
      title: 'A typing error in a key',
      command: deploy,
      files: { 'deploy.json': json({ proceses: { web: {} } }) },
      code: 2,
      says: /\S*deploy\.json is invalid/,
      next: /Did you mean "processes"\?/,
    },
    {
      title: 'A comma too many',
      command: deploy,
      files: { 'deploy.json': '{ "processes": { "web": {} }, }' },
      code: 2,
      says: /\S*deploy\.json isn't valid JSON/,
      next: /Correct it/,
    },
    {
      title: 'A number as a config var',
      command: deploy,
      files: config({ configVars: { WORKERS: 4 } }),
      code: 2,
      says: /\S*deploy\.json is invalid/,
      next: /must be/,
    },
    {
      title: 'PORT as a config var',
      command: deploy,
      files: config({ configVars: { PORT: '3000' } }),
      code: 2,
      says: /\S*deploy\.json is invalid/,
      next: /PORT/,
    },
    {
      title: 'A path without a slash',
      command: deploy,
      files: web({ path: 'health' }),
      code: 2,
      says: /\S*deploy\.json is invalid/,
      next: /\//,
    },
    {
      title: "An app name that Heroku doesn't accept",
      command: deploy,
      files: config({ app: 'My_Shop' }),
      code: 2,
      says: /\S*deploy\.json is invalid/,
      next: /lowercase|letters/,
    },
    {
      title: 'A value that is not set',
      command: deploy,
      files: config({ configVars: { SESSION_SECRET: { fromEnv: 'SESSION_SECRET' } } }),
      code: 2,
      says: /.*SESSION_SECRET \(configVars/,
      next: /[Ss]et|export/,
    },
    {
      title: 'An environment with a typing error',
      command: 'deploy --yes --environment stagin',
      files: config({ environments: { staging: { app: 'shop-staging' } } }),
      code: 2,
      says: /.*no environment "stagin"/,
      next: /Did you mean staging\?/,
    },
    {
      title: 'No environment named',
      command: deploy,
      files: config({ environments: { staging: { app: 'shop-staging' } } }),
      code: 2,
      says: /deploy\.json declares environments/,
      next: /--environment staging/,
    },
  ],
  'In the Dockerfile': [
    {
      title: 'No Dockerfile',
      command: deploy,
      files: { Dockerfile: undefined },
      code: 2,
      says: /There's no Dockerfile/,
      next: /tozo init|Create|create|Write|"dockerfile"/,
    },
    {
      title: 'RUN that only Docker has, without a Docker Engine',
      command: deploy,
      files: dockerfile('RUN --mount=type=ssh npm ci'),
      code: 2,
      says: /.*Docker Engine/,
      next: /RUN --mount=type=ssh npm ci/,
    },
    {
      title: 'A typing error in an instruction',
      command: deploy,
      files: dockerfile('COPPY server.js ./'),
      code: 2,
      says: /.*line 2/,
      next: /COPY|unknown|instruction/,
    },
    {
      title: "A file that doesn't exist",
      command: deploy,
      files: dockerfile('COPY dist ./'),
      code: 2,
      says: /.*line 2/,
      next: /dist/,
    },
    {
      title: 'A base image with a typing error',
      command: 'deploy --sandbox',
      to: 'nothing',
      files: { Dockerfile: 'FROM nodee:24\nCMD ["node"]\n' },
      code: 2,
      says: /.*no image nodee/,
      next: /node/,
    },
    {
      title: "A program that isn't in the image",
      command: deploy,
      files: dockerfile('COPY server.js ./\nCMD ["node", "serve.js"]'),
      code: 4,
      says: / {2}next /,
      next: /Fix the cause[^]*serve\.js/,
    },
  ],
  'On this machine': [
    {
      title: 'A typing error in a command',
      command: 'deplyo',
      code: 2,
      says: /error: unknown command/,
      next: /Did you mean deploy\?/,
    },
    {
      title: 'A typing error in an option',
      command: 'deploy --sanbox',
      code: 2,
      says: /error: unknown option/,
      next: /Did you mean --sandbox\?/,
    },
    {
      title: 'A script without --yes',
      command: 'deploy',
      code: 2,
      says: /Can't ask for confirmation/,
      next: /Add --yes/,
    },
    {
      title: 'tozo init in a script, without --yes',
      command: 'init',
      files: { 'deploy.json': undefined, 'package-lock.json': '{}' },
      code: 2,
      says: /Can't ask for confirmation/,
      next: /Add --yes/,
    },
    {
      title: 'An empty key',
      command: deploy,
      env: { HEROKU_API_KEY: '' },
      code: 2,
      says: /HEROKU_API_KEY is set but empty/,
      next: /[Uu]nset|set/,
    },
    {
      title: 'No key in CI',
      command: 'deploy',
      env: { HEROKU_API_KEY: undefined, CI: 'true' },
      code: 2,
      says: /HEROKU_API_KEY isn't set/,
      next: /CI\/CD variables|--sandbox/,
    },
    {
      title: 'A variable that GitLab did not expand',
      command: deploy,
      env: { HEROKU_API_KEY: '$HEROKU_API_KEY', GITLAB_CI: 'true' },
      code: 2,
      says: /HEROKU_API_KEY is an unexpanded reference/,
      next: /Settings > CI\/CD > Variables/,
    },
    {
      title: "Heroku can't be reached",
      command: deploy,
      env: { HEROKU_API_URL: 'http://127.0.0.1:9' },
      code: 1,
      says: /FAILED shop/,
      next: /HTTPS_PROXY/,
    },
  ],
  'On Heroku': [
    {
      title: "An app that doesn't exist",
      command: deploy,
      files: config({ app: 'shopp' }),
      code: 1,
      says: /FAILED/,
      next: /Create it|correct "app"/,
    },
    {
      title: 'A key that is not valid',
      command: deploy,
      env: { HEROKU_API_KEY: 'HRKU-0000-wrong' },
      code: 1,
      says: /FAILED/,
      next: /heroku authorizations:create/,
    },
    {
      title: 'A rollback before any deploy',
      command: 'rollback --yes',
      code: 1,
      says: /.*(?:no (?:earlier )?release|nothing to go back|never)/i,
      next: /nothing to go back to/,
    },
    {
      title: 'An app that ends at its start',
      command: deploy,
      files: { 'server.js': 'throw new Error("no database");\n' },
      code: 4,
      says: / {2}next /,
      next: /Fix the cause/,
    },
    {
      title: 'The wrong path of the health check',
      command: deploy,
      files: {
        ...web({ path: '/helth' }),
        'server.js':
          'require("node:http").createServer((q, s) => s.writeHead(q.url === "/" ? 200 : 404).end()).listen(process.env.PORT);\n',
      },
      code: 4,
      says: / {2}next /,
      next: /helth|health/,
    },
    {
      title: 'A version header that the app does not send',
      command: deploy,
      files: {
        ...web({ versionHeader: 'x-source-digest' }),
        ...dockerfile(
          'ARG SOURCE_DIGEST\nENV SOURCE_DIGEST=$SOURCE_DIGEST\nCOPY server.js ./\nCMD ["node", "server.js"]',
        ),
      },
      code: 4,
      says: / {2}next /,
      next: /x-source-digest/,
    },
    {
      title: 'A release command that fails',
      command: deploy,
      files: config({ processes: { web: {}, release: { command: ['node', '-e', 'process.exit(1)'] } } }),
      code: 1,
      says: / {2}next |FAILED/,
      next: /release phase/,
    },
  ],
};
