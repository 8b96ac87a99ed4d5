import type { Escape } from './lines.ts';
import { splitFlags } from './words.ts';

/** The options of one `--mount` by name, aliases replaced. One without a value is `true`; of several, the last one counts. */
export type MountFields = Map<string, string>;

const aliases: Readonly<Record<string, string>> = {
  dst: 'target',
  destination: 'target',
  src: 'source',
  rw: 'readwrite',
  ro: 'readonly',
};

/** Parses `type=secret,id=npm_token`. @see https://docs.docker.com/reference/dockerfile/#run---mount */
export function parseMountFields(text: string): MountFields {
  return new Map(
    text.split(',').map((field): [name: string, value: string] => {
      const [name = '', value = 'true'] = field.split(/=(.*)/s);
      const key = name.trim().toLowerCase();
      return [aliases[key] ?? key, value];
    }),
  );
}

export function mountType(fields: MountFields): string {
  return fields.get('type')?.toLowerCase() ?? 'bind';
}

/** Returns whether a mount of a RUN may show files of a build context. Its variables aren't known. */
export function mayShowContext(fields: MountFields): boolean {
  return (
    fields.has('from') ||
    !['cache', 'tmpfs', 'secret'].includes(mountType(fields)) ||
    [...fields].some((field) => field.join().includes('$'))
  );
}

/**
 * Returns the mounts of a RUN, with variables as written.
 * @param rest its text without the keyword
 */
export function mountFieldsOf(rest: string, escape: Escape): MountFields[] {
  const flag = '--mount=';
  const { flags } = splitFlags(rest, escape);
  return flags.filter((each) => each.startsWith(flag)).map((each) => parseMountFields(each.slice(flag.length)));
}
