import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../../errors/sandbox-error.ts';

// Linux's limit.
const maxLinks = 40;

/**
 * Maps a path of the image into its unpacked directory. Follows links as a process inside the image would; `/` and excess
 * `..` mean the directory itself. A missing path maps to where it would be.
 *
 * @param path with or without a leading slash
 * @param options.followLast whether to follow a link in the last component. Default: true.
 * @throws SandboxError IMAGE_INVALID when links form a loop
 */
export function resolveInImage(root: string, path: string, options: { followLast?: boolean } = {}): string {
  const rest = path.split('/');
  let resolved: string[] = [];
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const isLast = rest.every((other) => other === '' || other === '.');
    const target = isLast && options.followLast === false ? undefined : linkTarget(join(root, ...resolved, part));
    if (target === undefined) {
      resolved.push(part);
      continue;
    }
    if (++links > maxLinks) throw new SandboxError('IMAGE_INVALID', `${path} leads through circular links`);
    if (target.startsWith('/')) resolved = [];
    rest.unshift(...target.split('/'));
  }
  return join(root, ...resolved);
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
