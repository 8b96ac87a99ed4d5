import type { ImagePackage } from './manager.ts';

/** An entry of a yarn.lock of any version, as text. */
export interface YarnLockEntry {
  readonly text: string;
  /** What resolves to it, such as `ms@^2.1.1` or `ms@npm:^2.1.1`. */
  readonly descriptors: readonly string[];
  readonly version: string;
  /** Yarn 2 and newer, such as `ms@npm:2.1.3` or `shop@workspace:apps/shop`. */
  readonly resolution: string | undefined;
}

/** Splits a yarn.lock at its blank lines. */
export function readYarnLock(lock: string): YarnLockEntry[] {
  const blocks = lock.replaceAll('\r\n', '\n').split(/\n{2,}/);
  return blocks.flatMap((block) => {
    const text = block.replace(/^(?:#.*\n|\n)+/, '').trimEnd();
    const [, header] = /^(\S.*):\n/.exec(text) ?? [];
    if (header === undefined || header === '__metadata') return [];
    const descriptors = header.split(/,\s*/).map((part) => part.replaceAll('"', ''));
    const [, version = ''] = /^ {2}version:? "?([^"\n]+)"?$/m.exec(text) ?? [];
    const [, resolution] = /^ {2}resolution: "?([^"\n]+)"?$/m.exec(text) ?? [];
    return [{ text, descriptors, version, resolution }];
  });
}

/** Returns the lock file without entries for packages that aren't in the image. */
export function pruneYarnLock(lock: string, packages: readonly ImagePackage[]): string {
  const kept = new Set(
    packages.flatMap(({ name, path, version }) => [`${name}@${version}`, `${nameIn(path)}@${version}`]),
  );
  const [, head = ''] = /^((?:#.*\n|\n)*(?:__metadata:\n(?: .*\n)+)?)/.exec(lock.replaceAll('\r\n', '\n')) ?? [];
  const entries = readYarnLock(lock).filter(
    ({ descriptors, version, resolution }) =>
      !/@workspace:/.test(resolution ?? '') &&
      [...descriptors, resolution ?? ''].some((text) => kept.has(`${nameOf(text)}@${version}`)),
  );
  return `${[head.trimEnd(), ...entries.map(({ text }) => text)].join('\n\n')}\n`;
}

/** Returns the name of a descriptor such as `@scope/name@npm:^1.0.0`. */
export function nameOf(descriptor: string): string {
  return descriptor.slice(0, descriptor.indexOf('@', 1));
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
