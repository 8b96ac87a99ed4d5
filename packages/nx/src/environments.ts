import { readFileSync, statSync } from 'node:fs';

const maxBytes = 1024 * 1024;

/**
 * Returns the names of the environments that a deploy.json declares. None for a file that isn't valid: `tozo deploy` says what
 * is wrong with it. The names become arguments of a command, so others than deploy.json's schema accepts are left out.
 */
export function readEnvironments(file: string): string[] {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > maxBytes) return [];
    const { environments } = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as {
      environments?: unknown;
    };
    if (typeof environments !== 'object' || environments === null) return [];
    return Object.keys(environments).filter((name) => /^[a-z][a-z0-9_-]{0,62}$/.test(name));
  } catch {
    return [];
  }
}
