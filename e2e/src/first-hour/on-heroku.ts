import { config, deploy, dockerfile, type Mistake, web } from './mistake.ts';

export const onHeroku: readonly Mistake[] = [
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
    says: / {2}to do /,
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
    says: / {2}to do /,
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
    says: / {2}to do /,
    next: /x-source-digest/,
  },
  {
    title: 'A release command that fails',
    command: deploy,
    files: config({ processes: { web: {}, release: { command: ['node', '-e', 'process.exit(1)'] } } }),
    code: 1,
    says: / {2}to do |FAILED/,
    next: /release phase/,
  },
];
