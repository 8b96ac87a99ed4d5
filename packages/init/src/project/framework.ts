import type { Manifest } from './manifest.ts';

export type Framework = 'next' | 'nest' | 'fastify' | 'hono' | 'koa' | 'express' | 'vite' | 'node';

/** The first match counts: Nest is built on Express, and a page of Vite may have a server of any kind. */
const packages: readonly (readonly [framework: Framework, name: string])[] = [
  ['next', 'next'],
  ['nest', '@nestjs/core'],
  ['fastify', 'fastify'],
  ['hono', 'hono'],
  ['koa', 'koa'],
  ['express', 'express'],
];

export function frameworkOf({ dependencies, devDependencies }: Manifest): Framework {
  const found = packages.find(([, name]) => name in dependencies);
  if (found) return found[0];
  return 'vite' in devDependencies || 'vite' in dependencies ? 'vite' : 'node';
}

/**
 * Returns the one line that sends the version in a header, and where it goes. Undefined where the framework needs more than a
 * line.
 */
export function versionHeaderLine(framework: Framework): { readonly line: string; readonly where: string } | undefined {
  const value = "process.env.SOURCE_DIGEST ?? ''";
  switch (framework) {
    case 'express':
      return {
        line: `app.use((request, response, next) => { response.set('x-source-digest', ${value}); next(); });`,
        where: 'before the first route',
      };
    case 'nest':
      return {
        line: `app.use((request, response, next) => { response.setHeader('x-source-digest', ${value}); next(); });`,
        where: 'before app.listen',
      };
    case 'fastify':
      return {
        line: `app.addHook('onSend', async (request, reply) => { reply.header('x-source-digest', ${value}); });`,
        where: 'before the first route',
      };
    case 'hono':
      return {
        line: `app.use(async (context, next) => { await next(); context.header('x-source-digest', ${value}); });`,
        where: 'before the first route',
      };
    case 'koa':
      return {
        line: `app.use(async (context, next) => { await next(); context.set('x-source-digest', ${value}); });`,
        where: 'before the first route',
      };
    case 'node':
    case 'vite':
      return {
        line: `response.setHeader('x-source-digest', ${value});`,
        where: 'first in the function that handles requests',
      };
    case 'next':
      return undefined;
  }
}
