import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../../errors/sandbox-error.ts';

// As many as Linux follows.
const maxLinks = 40;

/**
 * Where a path of the image lies in its unpacked folder: links are followed as a process inside the image would follow
 * them, `/` and too many `..` mean the folder itself. What does not exist yet resolves to where it would be.
 *
 * @param path with or without a leading slash.
 * @param options.followLast whether the last component may be a link that is followed. Default: true.
 * @throws SandboxError IMAGE_INVALID when links lead in circles.
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
    if (++links > maxLinks) throw new SandboxError('IMAGE_INVALID', `${path} leads through links in circles`);
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
