import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import { runProcess, type ProcessOptions } from './run-process.ts';

const programs = ['infrastructure.ts', 'infrastructure.mts', 'infrastructure.js', 'infrastructure.mjs'];

/** Where `infrastructure.mts` writes, relative to the project. */
export const synthesizedFile = 'out/infrastructure/cdk.tf.json';

/** Returns the name of the project's infrastructure.mts, if it has one. */
export function findProgram(directory: string): string | undefined {
  return programs.find((name) => existsSync(join(directory, name)));
}

/**
 * Runs a project's infrastructure.mts, which writes `out/infrastructure/cdk.tf.json`. It gets no tokens: nothing in the file
 * depends on them. Returns the file's path.
 * @throws InfrastructureError PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function synthesizeProject(options: ProcessOptions): Promise<string> {
  const { cwd, env } = options;
  const program = findProgram(cwd);
  if (program === undefined)
    throw new InfrastructureError(
      'PROGRAM_MISSING',
      `${cwd} has no infrastructure.mts: create it as the README of @tozo/infrastructure shows, or run this in the project's directory.`,
    );
  const file = join(cwd, synthesizedFile);
  const before = modifiedAt(file);
  const args = [...loaderFor(program, cwd, env), program];
  const { code } = await runProcess(process.execPath, args, { ...options, env: withoutSecrets(env) });
  if (code !== 0)
    throw new InfrastructureError(
      'PROGRAM_FAILED',
      `${program} failed: correct it as its output above says${commonJsHint(program, cwd)}.`,
    );
  if (modifiedAt(file) === before) {
    const call = `await synthesize(stack, new URL('${synthesizedFile}', import.meta.url))`;
    throw new InfrastructureError(
      'PROGRAM_FAILED',
      `${program} didn't write ${relative(cwd, file)}: end it with ${call}.`,
    );
  }
  return file;
}

/** Node.js 22.18 and 23.6 run TypeScript by themselves, also as an ES module without a `type` in package.json. Before, tsx does. */
function loaderFor(program: string, cwd: string, env: NodeJS.ProcessEnv): string[] {
  if (!/\.m?ts$/.test(program) || /\btsx\b/.test(env['NODE_OPTIONS'] ?? '')) return [];
  if ('typescript' in process.features && process.features.typescript) return [];
  try {
    return [`--import=${createRequire(join(cwd, 'package.json')).resolve('tsx')}`];
  } catch (cause) {
    throw new InfrastructureError(
      'PROGRAM_MISSING',
      `Node.js ${process.versions.node} can't run ${program}: npm install --save-dev tsx, or use Node.js 22.18 or newer.`,
      { cause },
    );
  }
}

/** Without a `type`, tsx runs a file that ends in .ts as CommonJS, which has neither `import.meta` nor `await` outside a function. */
function commonJsHint(program: string, cwd: string): string {
  if (!/\.[jt]s$/.test(program)) return '';
  const manifest = findUp(cwd, 'package.json');
  const { type } = manifest === undefined ? {} : (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string });
  return type === 'module'
    ? ''
    : `, or, if that is about import or await, rename it to infrastructure.m${program.slice(-2)}`;
}

function findUp(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  return dirname(directory) === directory ? undefined : findUp(dirname(directory), name);
}

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(?:TF_|HEROKU_|GITLAB_TOKEN|CI_JOB_TOKEN)/.test(name));
  return Object.fromEntries(kept);
}

function modifiedAt(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
}
