import { filesIn, joinPath, type Snapshot } from './snapshot.ts';

/** What an app's sources tell about the requests that it answers. */
export interface SourceFacts {
  /** The path of a health check, and `/` if no other is known to respond. */
  readonly healthPath: string;
  readonly knowsPath: boolean;
  /** The header in which the app responds with SOURCE_DIGEST. */
  readonly versionHeader?: string;
  readonly readsPort: boolean;
  /** Where the app listens on this machine only. */
  readonly localListener?: string;
  /** Where the app listens. */
  readonly listener?: string;
  /** Where requests are handled first. */
  readonly handler?: string;
}

const code = /\.[cm]?[jt]sx?$/;
const healthPaths = [
  '/health',
  '/healthz',
  '/health/live',
  '/livez',
  '/readyz',
  '/api/health',
  '/api/healthz',
  '/status',
  '/ping',
];
const route =
  /(?:\.(?:get|all|route|use)|\bGet|\bController|path(?:name)?\s*[=!]==?|url\s*===?|url:)\s*\(?\s*["'`](\/[\w./-]*)["'`]/g;
const listens = /\.listen\s*\(|\bserve\s*\(\s*\{|createServer\s*\(/;

/** Servers that only tests know. */
const mocks = /\bsetupServer\s*\(|["'`]msw\b/;

const handles = /\.(?:get|use|route|register|addHook)\s*\(|\bserve\s*\(\s*\{|createServer\s*\(/;

/** Where the app of a framework is made. */
const creates: Readonly<Record<string, RegExp>> = {
  express: /\bexpress\s*\(\s*\)/,
  fastify: /\b[fF]astify\s*\(/,
  hono: /\bnew\s+Hono\b/,
  koa: /\bnew\s+Koa\b/,
  nest: /\bNestFactory\s*\.\s*create\b/,
};

/** @param directory the app's, relative to the root */
export function readSources(snapshot: Snapshot, directory: string, framework: string): SourceFacts {
  const own = filesIn(snapshot, directory)
    .filter((file) => code.test(file))
    .flatMap((file) => {
      const text = snapshot.texts.get(joinPath(directory, file));
      return text === undefined ? [] : [{ file, text }];
    });
  const all = own.map(({ text }) => text).join('\n');
  const routes = new Set([...all.matchAll(route)].map(([, path]) => path!));
  // Nest's @Get('health') has no slash.
  for (const [, name] of all.matchAll(/@(?:Get|Controller)\(\s*["'`](\w[\w/-]*)["'`]/g)) routes.add(`/${name}`);
  const health = healthPaths.find((path) => routes.has(path));
  const servesRoot =
    routes.has('/') ||
    /@Get\(\s*\)|express\.static|serveStatic|serve-static|fastify\/static|createServer\(\s*(?:async\s*)?\(/.test(all) ||
    ['next', 'vite'].includes(framework);
  const [, header] =
    /["'`](x-[\w-]+)["'`]\s*[\],:]\s*[^;\n]{0,60}SOURCE_DIGEST/i.exec(all) ??
    /["'`](x-source-digest)["'`]/i.exec(all) ??
    [];
  const servers = own.filter(({ text }) => listens.test(text) && !mocks.test(text));
  const listener = servers[0]?.file;
  const handler = (
    own.find(({ text }) => creates[framework]?.test(text)) ?? servers.find(({ text }) => handles.test(text))
  )?.file;
  const local = own.find(({ text }) => isLocal(text, framework))?.file;
  return {
    healthPath: health ?? '/',
    knowsPath: health !== undefined || servesRoot,
    ...(header !== undefined && all.includes('SOURCE_DIGEST') ? { versionHeader: header.toLowerCase() } : {}),
    readsPort: /\bPORT\b/.test(all),
    ...(listener === undefined ? {} : { listener }),
    ...(handler === undefined ? {} : { handler }),
    ...(local === undefined ? {} : { localListener: local }),
  };
}

/** Fastify listens on localhost unless it's told otherwise. */
function isLocal(text: string, framework: string): boolean {
  if (/\.listen\([^)]*["'`](?:localhost|127\.0\.0\.1)["'`]/.test(text)) return true;
  return framework === 'fastify' && /\.listen\(\s*\{(?![^}]*host)[^}]*port[^}]*\}/.test(text);
}
