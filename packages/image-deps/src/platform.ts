/** What an image's code runs on, in Node's and npm's words. */
export interface Platform {
  readonly os: 'linux';
  readonly cpu: 'x64' | 'arm64';
  readonly libc: 'glibc' | 'musl';
}

export const defaultPlatform: Platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };

/** The fields of a package.json that say where a package runs. `!` in front of a value excludes it. */
export interface PlatformLimits {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export function runsOn(limits: PlatformLimits, platform: Platform): boolean {
  return allows(limits.os, platform.os) && allows(limits.cpu, platform.cpu) && allows(limits.libc, platform.libc);
}

function allows(values: readonly string[] | undefined, value: string): boolean {
  if (values === undefined || values.length === 0 || values.includes('any')) return true;
  if (values.includes(`!${value}`)) return false;
  return values.includes(value) || values.every((other) => other.startsWith('!'));
}

const from = /^\s*FROM\s+(?:--platform=(\S+)\s+)?(\S+)(?:\s+AS\s+(\S+))?\s*$/i;
const argument = /^\s*ARG\s+([A-Za-z_]\w*)=["']?([^\s"']*)/i;

/**
 * Returns the platform of a Dockerfile's last stage. A base image with `alpine` or `musl` in its reference has musl; any
 * other has glibc.
 */
export function platformOfDockerfile(text: string): Platform {
  const values = new Map<string, string>();
  const bases = new Map<string, readonly [image: string, platform: string]>();
  let last: readonly [string, string] = ['', ''];
  for (const line of text.split('\n')) {
    const [, name, value] = argument.exec(line) ?? [];
    if (name !== undefined && !values.has(name)) values.set(name, value ?? '');
    const [, platform = '', reference, stage] = from.exec(line) ?? [];
    if (reference === undefined) continue;
    const image = expand(reference, values);
    last = bases.get(image.toLowerCase()) ?? [image, expand(platform, values)];
    if (stage !== undefined) bases.set(stage.toLowerCase(), last);
  }
  const [image, platform] = last;
  return {
    os: 'linux',
    cpu: /(?:^|\/)arm64\b/.test(platform) ? 'arm64' : 'x64',
    libc: /alpine|musl/i.test(image) ? 'musl' : 'glibc',
  };
}

/** Expands `$NAME`, `${NAME}` and `${NAME:-default}`. */
function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, fallback: string | undefined, plain: string | undefined) =>
      values.get(braced ?? plain ?? '') || (fallback ?? ''),
  );
}
