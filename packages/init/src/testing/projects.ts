import type { InitPlan } from '../plan-init.ts';
import type { Snapshot } from '../project/snapshot.ts';

/** Returns a project with these files, as if all were committed. */
export function snapshotOf(files: Readonly<Record<string, string>>, more: Partial<Snapshot> = {}): Snapshot {
  return {
    name: 'shop',
    files: new Set(Object.keys(files)),
    texts: new Map(Object.entries(files)),
    isRepository: true,
    uncommitted: new Set(),
    ...more,
  };
}

/** Returns the project after the plan was carried out. */
export function applyPlan({ changes }: InitPlan, snapshot: Snapshot): Snapshot {
  const texts = new Map([...snapshot.texts, ...changes.map(({ path, after }) => [path, after] as const)]);
  return { ...snapshot, texts, files: new Set([...snapshot.files, ...texts.keys()]) };
}

const manifest = (more: object): string => JSON.stringify({ name: 'shop', version: '1.0.0', ...more }, undefined, 2);
const development = { '@tozo/cli': '0.1.0' };
const lock = { 'package-lock.json': '{ "lockfileVersion": 3 }' };

/** An app of each framework, as its author would write it. */
export const projects = {
  node: {
    ...lock,
    'package.json': manifest({ type: 'module', scripts: { start: 'node server.js' }, devDependencies: development }),
    'server.js':
      "import { createServer } from 'node:http';\ncreateServer((request, response) => response.end('hello')).listen(process.env.PORT);\n",
    'README.md': '# Shop\n',
    'test/server.test.js': '',
  },
  express: {
    ...lock,
    'package.json': manifest({
      scripts: { build: 'tsc', start: 'node dist/server.js' },
      dependencies: { express: '5.1.0' },
      devDependencies: development,
    }),
    'tsconfig.json': '{ "compilerOptions": { "outDir": "dist" } }',
    'src/server.ts':
      "app.get('/healthz', (_request, response) => response.send('ok'));\napp.listen(process.env['PORT']);\n",
  },
  fastify: {
    ...lock,
    'package.json': manifest({
      scripts: { start: 'NODE_ENV=production node src/server.js' },
      dependencies: { fastify: '5.5.0' },
      devDependencies: development,
    }),
    'src/server.js':
      "app.addHook('onSend', async (_request, reply) => { reply.header('x-version', process.env.SOURCE_DIGEST); });\napp.get('/', async () => 'hello');\nawait app.listen({ port: Number(process.env.PORT) });\n",
    'views/index.html': '<p>hello',
  },
  nest: {
    ...lock,
    'package.json': manifest({
      scripts: { build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main' },
      dependencies: { '@nestjs/core': '11.1.6' },
      devDependencies: development,
    }),
    'src/main.ts': 'const app = await NestFactory.create(AppModule);\nawait app.listen(process.env.PORT ?? 3000);\n',
    'src/app.controller.ts': "@Get('health')\nhealth() { return 'ok'; }\n",
  },
  next: {
    ...lock,
    'package.json': manifest({
      scripts: { build: 'next build', start: 'next start' },
      dependencies: { next: '15.5.0' },
      devDependencies: development,
    }),
    'next.config.mjs': "export default { output: 'standalone', generateBuildId: () => 'build' };\n",
    'app/page.tsx': 'export default () => <p>hello</p>;\n',
  },
  vite: {
    ...lock,
    'package.json': manifest({
      type: 'module',
      scripts: { build: 'vite build', start: 'node server.js' },
      dependencies: { hono: '4.9.6' },
      devDependencies: { ...development, vite: '7.3.8' },
    }),
    'server.js':
      "app.get('/greeting', (context) => context.text('hello'));\napp.use('*', serveStatic({ root: './dist' }));\nserve({ fetch: app.fetch, port: Number(process.env.PORT) });\n",
    'index.html': '<script type="module" src="/src/main.js"></script>',
    'src/main.js': 'document.body.append("hello");\n',
    'vite.config.js': 'export default {};\n',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;
