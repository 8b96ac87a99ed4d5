import { deploy, dockerfile, json, tsconfig } from './app-files.ts';

/** An app as its author would write it, and the change of a line of its code. */
export interface ExampleApp {
  readonly name: string;
  readonly manager: 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry';
  /** Relative to the workspace's root; empty if the app is the root. */
  readonly app: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the change replaces, in which file. */
  readonly change: { readonly file: string; readonly from: string; readonly to: string };
  /** Packages that only development needs, and that an image must not have. */
  readonly development: readonly string[];
}

const express: ExampleApp = {
  name: 'express',
  manager: 'npm',
  app: '',
  files: {
    'package.json': json({
      name: 'express-app',
      version: '1.0.0',
      type: 'module',
      scripts: { build: 'tsc' },
      dependencies: { express: '5.1.0', pg: '8.16.3', zod: '4.1.5' },
      devDependencies: {
        '@types/express': '5.0.3',
        '@types/node': '24.3.0',
        '@types/pg': '8.15.5',
        typescript: '5.9.3',
      },
    }),
    'tsconfig.json': tsconfig(),
    'src/server.ts': `import express from 'express';
import pg from 'pg';
import { z } from 'zod';
const app = express();
app.use((_request, response, next) => { response.set('x-source-digest', process.env['SOURCE_DIGEST']); next(); });
app.get('/', (_request, response) => { response.json({ greeting: 'hello', pool: typeof pg.Pool, valid: z.string().safeParse('x').success }); });
app.listen(Number(process.env['PORT']));
`,
    Dockerfile: dockerfile('dist/server.js'),
    'deploy.json': deploy('x-source-digest'),
  },
  change: { file: 'src/server.ts', from: "'hello'", to: "'good day'" },
  development: ['typescript', '@types/node', '@types/express', 'undici-types'],
};

/** A workspace with two libraries that need each other, one of them with a version of its own of what the app uses. */
const fastify: ExampleApp = {
  name: 'fastify',
  manager: 'pnpm',
  app: 'apps/api',
  files: {
    'package.json': json({ name: 'monorepo', private: true, devDependencies: { typescript: '5.9.3' } }),
    'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - libs/*\n',
    'apps/api/package.json': json({
      name: 'api',
      version: '1.0.0',
      type: 'module',
      scripts: { build: 'tsc' },
      dependencies: {
        '@acme/prices': 'workspace:*',
        '@fastify/static': '8.2.0',
        fastify: '5.5.0',
        ms: '2.0.0',
        sharp: '0.34.3',
      },
      devDependencies: { '@types/node': '24.3.0', 'pino-pretty': '13.1.1' },
    }),
    'apps/api/tsconfig.json': tsconfig(),
    'apps/api/src/server.ts': `import { price } from '@acme/prices';
import Fastify from 'fastify';
import sharp from 'sharp';
const app = Fastify();
app.addHook('onSend', async (_request, reply) => { reply.header('x-source-digest', process.env['SOURCE_DIGEST']); });
app.get('/', async () => ({ greeting: 'hello', price: price(3), vips: sharp.versions.vips }));
await app.listen({ port: Number(process.env['PORT']), host: '0.0.0.0' });
`,
    'apps/api/Dockerfile': dockerfile('dist/server.js'),
    'apps/api/deploy.json': deploy('x-source-digest'),
    'libs/prices/package.json': json({
      name: '@acme/prices',
      version: '1.0.0',
      type: 'module',
      exports: { types: './dist/index.d.ts', default: './dist/index.js' },
      scripts: { build: 'tsc' },
      dependencies: { '@acme/currency': 'workspace:^', ms: '2.1.3' },
    }),
    'libs/prices/tsconfig.json': tsconfig({ declaration: true }),
    'libs/prices/src/index.ts':
      "import { euro } from '@acme/currency';\nexport const price = (value: number): string => euro(value);\n",
    'libs/currency/package.json': json({
      name: '@acme/currency',
      version: '1.0.0',
      type: 'module',
      exports: { types: './dist/index.d.ts', default: './dist/index.js' },
      scripts: { build: 'tsc' },
    }),
    'libs/currency/tsconfig.json': tsconfig({ declaration: true }),
    'libs/currency/src/index.ts': 'export const euro = (value: number): string => `€${value}`;\n',
  },
  change: { file: 'apps/api/src/server.ts', from: "'hello'", to: "'good day'" },
  development: ['typescript', '@types/node', 'pino-pretty'],
};

const nest: ExampleApp = {
  name: 'nest',
  manager: 'yarn-classic',
  app: '',
  files: {
    'package.json': json({
      name: 'nest-app',
      version: '1.0.0',
      private: true,
      scripts: { build: 'tsc' },
      dependencies: {
        '@nestjs/common': '11.1.6',
        '@nestjs/core': '11.1.6',
        '@nestjs/platform-express': '11.1.6',
        'reflect-metadata': '0.2.2',
        rxjs: '7.8.2',
      },
      devDependencies: { '@types/node': '24.3.0', typescript: '5.9.3' },
    }),
    'tsconfig.json': tsconfig({
      module: 'commonjs',
      moduleResolution: 'node10',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    }),
    'src/main.ts': `import 'reflect-metadata';
import { Controller, Get, Header, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
@Injectable()
class Greeter { greet(): string { return 'hello'; } }
@Controller()
class GreetingController {
  constructor(private readonly greeter: Greeter) {}
  @Get() @Header('x-source-digest', process.env['SOURCE_DIGEST'] ?? '')
  get(): object { return { greeting: this.greeter.greet() }; }
}
@Module({ controllers: [GreetingController], providers: [Greeter] })
class AppModule {}
void NestFactory.create(AppModule).then((app) => app.listen(Number(process.env['PORT'])));
`,
    Dockerfile: dockerfile('dist/main.js'),
    'deploy.json': deploy('x-source-digest'),
  },
  change: { file: 'src/main.ts', from: "'hello'", to: "'good day'" },
  development: ['typescript', '@types/node'],
};

const next: ExampleApp = {
  name: 'next',
  manager: 'npm',
  app: '',
  files: {
    'package.json': json({
      name: 'next-app',
      version: '1.0.0',
      private: true,
      scripts: { build: 'next build' },
      dependencies: { next: '15.5.29', react: '19.1.1', 'react-dom': '19.1.1' },
      devDependencies: { '@types/node': '24.3.0', '@types/react': '19.1.12', typescript: '5.9.3' },
    }),
    'next.config.mjs':
      "export default { output: 'standalone', outputFileTracingRoot: import.meta.dirname, generateBuildId: () => 'build' };\n",
    'app/layout.tsx':
      'export default function Layout({ children }: { children: React.ReactNode }) { return <html lang="en"><body>{children}</body></html>; }\n',
    'app/page.tsx': `export const dynamic = 'force-dynamic';
export default function Page() { return <main>hello</main>; }
`,
    'public/robots.txt': 'User-agent: *\n',
    Dockerfile: dockerfile('server.js'),
    'deploy.json': deploy(),
  },
  change: { file: 'app/page.tsx', from: '>hello<', to: '>good day<' },
  development: ['typescript', '@types/node', '@types/react'],
};

const vite: ExampleApp = {
  name: 'vite',
  manager: 'yarn-berry',
  app: '',
  files: {
    '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\n',
    'package.json': json({
      name: 'vite-app',
      version: '1.0.0',
      private: true,
      type: 'module',
      scripts: { build: 'vite build' },
      files: ['dist', 'server.js'],
      dependencies: { compression: '1.8.1', hono: '4.9.6', '@hono/node-server': '1.19.1' },
      devDependencies: { react: '19.1.1', 'react-dom': '19.1.1', vite: '7.3.8' },
      resolutions: { rollup: '4.67.4' },
    }),
    'vite.config.js': `const manualChunks = (id) => (id.includes('node_modules') ? 'vendor' : undefined);
export default { build: { rollupOptions: { output: { manualChunks } } } };
`,
    'index.html':
      '<!doctype html><title>vite</title><div id="root"></div><script type="module" src="/src/main.js"></script>\n',
    'src/main.js': `import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
createRoot(document.getElementById('root')).render(createElement('main', null, 'hello'));
`,
    'server.js': `import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
const app = new Hono();
app.use(async (context, next) => { await next(); context.header('x-source-digest', process.env.SOURCE_DIGEST); });
app.get('/greeting', (context) => context.text('hello'));
app.use('*', serveStatic({ root: './dist' }));
serve({ fetch: app.fetch, port: Number(process.env.PORT) });
`,
    Dockerfile: dockerfile('server.js'),
    'deploy.json': deploy('x-source-digest'),
  },
  change: { file: 'src/main.js', from: "'hello'", to: "'good day'" },
  development: ['vite', 'react', 'react-dom', 'rollup', 'esbuild'],
};

export const exampleApps: readonly ExampleApp[] = [express, fastify, nest, next, vite];
