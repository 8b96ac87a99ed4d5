import { dockerfileInvalidError } from './errors.ts';

type FlagKind = 'text' | 'switch' | 'list';

const flagKinds: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: 'text' },
  COPY: { chown: 'text', chmod: 'text', from: 'text', link: 'switch', parents: 'switch', exclude: 'list' },
  ADD: {
    chown: 'text',
    chmod: 'text',
    link: 'switch',
    'keep-git-dir': 'switch',
    checksum: 'text',
    unpack: 'switch',
    exclude: 'list',
  },
  RUN: { mount: 'list', network: 'text', security: 'text', device: 'list' },
  HEALTHCHECK: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
};

/** An instruction's flags by name. */
export interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** @throws RegistryPusherError DOCKERFILE_INVALID for an unknown flag or an invalid value */
export function parseFlags(keyword: string, line: number, flags: readonly string[]): Flags {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const flag of flags) {
    const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) as unknown as [string, string, string | undefined];
    const kind = flagKinds[keyword]?.[name];
    if (kind === undefined) throw dockerfileInvalidError(line, `${keyword} has no flag --${name}.`);
    if (kind === 'list') {
      if (value === undefined) throw dockerfileInvalidError(line, `--${name} needs a value.`);
      lists.set(name, [...(lists.get(name) ?? []), value]);
      continue;
    }
    if (values.has(name)) throw dockerfileInvalidError(line, `--${name} is specified twice.`);
    if (kind === 'text' && value === undefined) throw dockerfileInvalidError(line, `--${name} needs a value.`);
    if (kind === 'switch' && !/^(?:true|false)$/i.test(value ?? 'true'))
      throw dockerfileInvalidError(line, `--${name} must be true or false, not "${value}".`);
    if (kind === 'switch' && value?.toLowerCase() === 'false') continue;
    values.set(name, kind === 'switch' ? 'true' : value!);
  }
  return { values, lists };
}
