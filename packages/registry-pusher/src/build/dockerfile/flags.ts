import { dockerfileInvalid } from './invalid.ts';

type FlagKind = 'text' | 'switch' | 'list';

const known: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
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
  HEALTHCHECK: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
};

/** An instruction's flags by name; lists apart. */
export interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** @throws RegistryPusherError DOCKERFILE_INVALID for a flag that the instruction has not, or that is given wrongly */
export function readFlags(keyword: string, line: number, flags: readonly string[]): Flags {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const flag of flags) {
    const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) as unknown as [string, string, string | undefined];
    const kind = known[keyword]?.[name];
    if (kind === undefined) throw dockerfileInvalid(line, `${keyword} has no flag --${name}.`);
    if (kind === 'list') {
      if (value === undefined) throw dockerfileInvalid(line, `--${name} needs a value.`);
      lists.set(name, [...(lists.get(name) ?? []), value]);
      continue;
    }
    if (values.has(name)) throw dockerfileInvalid(line, `--${name} is given twice.`);
    if (kind === 'text' && value === undefined) throw dockerfileInvalid(line, `--${name} needs a value.`);
    if (kind === 'switch' && !/^(?:true|false)$/i.test(value ?? 'true'))
      throw dockerfileInvalid(line, `--${name} is true or false, not "${value}".`);
    if (kind === 'switch' && value?.toLowerCase() === 'false') continue;
    values.set(name, kind === 'switch' ? 'true' : value!);
  }
  return { values, lists };
}
