import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const maxBytes = 1024 * 1024;

/** What the targets of a project need from its deploy.json. */
export interface Outline {
  /** The names become arguments of a command, so others than deploy.json's schema accepts are left out. */
  readonly environments: readonly string[];
  /** What the image is built from: the Dockerfile and the directory that COPY reads, relative to the project. */
  readonly sources: readonly string[];
  /** Relative to the project. */
  readonly dockerfile: string;
}

/** Reads a deploy.json. One that isn't valid declares nothing: `tozo deploy` says what is wrong with it. */
export function readOutline(file: string): Outline {
  const { environments, dockerfile, context } = readJson(file);
  return {
    environments:
      typeof environments === 'object' && environments !== null
        ? Object.keys(environments).filter((name) => /^[a-z][a-z0-9_-]{0,62}$/.test(name))
        : [],
    sources: [dockerfile, context].filter((path) => typeof path === 'string'),
    dockerfile: typeof dockerfile === 'string' ? dockerfile : 'Dockerfile',
  };
}

/** Returns whether a project's own files declare a build. What other plugins infer isn't known here. */
export function declaresBuild(directory: string): boolean {
  const { targets } = readJson(join(directory, 'project.json'));
  const { scripts, nx } = readJson(join(directory, 'package.json'));
  const { targets: more } = (nx ?? {}) as { targets?: unknown };
  return [targets, scripts, more].some((named) => typeof named === 'object' && named !== null && 'build' in named);
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > maxBytes) return {};
    return (JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}
