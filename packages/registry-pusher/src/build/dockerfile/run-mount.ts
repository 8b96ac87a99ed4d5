import { posix } from 'node:path';
import { parseImageReference } from '../../image/reference.ts';
import type { RunMount, RunMountSource } from '../../run/run-step.ts';
import { dockerfileInvalidError } from './errors.ts';
import { type MountFields, mountType, parseMountFields } from './mount-fields.ts';

/** What a mount's paths and sources are resolved with. */
export interface MountContext {
  readonly line: number;
  readonly workdir: string;
  /** Returns the number of an earlier stage, the name of a build context, or undefined for an image. */
  readonly resolveFrom: (name: string) => RunMountSource | undefined;
}

const types = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

/** @see https://docs.docker.com/reference/dockerfile/#run---mount */
const optionsByType: Readonly<Record<string, readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readwrite', 'readonly'],
  cache: ['id', 'target', 'source', 'from', 'readwrite', 'readonly', 'sharing', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size', 'readwrite'],
  secret: ['id', 'target', 'env', 'required', 'mode', 'uid', 'gid'],
};

/**
 * Parses the value of `--mount`, with variables expanded.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function parseMount(text: string, context: MountContext): RunMount {
  const { line } = context;
  const fields = parseMountFields(text);
  const type = mountType(fields);
  fields.delete('type');
  if (!types.includes(type))
    throw dockerfileInvalidError(line, `--mount=type=${type} isn't one of ${types.slice(0, -1).join(', ')}.`);
  if (type === 'ssh')
    throw dockerfileInvalidError(
      line,
      '--mount=type=ssh isn’t supported: no agent is reachable from RUN. Use a token as a secret, or --builder docker.',
    );
  if (type === 'secret' && fields.has('source')) fields.set('id', fields.get('id') ?? fields.get('source')!);
  if (type === 'secret') fields.delete('source');
  const unknown = [...fields.keys()].find((name) => !optionsByType[type]!.includes(name));
  if (unknown !== undefined) throw dockerfileInvalidError(line, `--mount=type=${type} has no option "${unknown}".`);
  return new MountParser(fields, context).toMount(type);
}

class MountParser {
  readonly #fields: MountFields;
  readonly #context: MountContext;

  constructor(fields: MountFields, context: MountContext) {
    this.#fields = fields;
    this.#context = context;
  }

  toMount(type: string): RunMount {
    if (type === 'secret') return this.#toSecret();
    const target = this.#path('target');
    if (target === undefined) throw this.#error(`--mount=type=${type} needs a target.`);
    if (target === '/') throw this.#error(`--mount=type=${type} can't replace "/".`);
    if (type === 'tmpfs') {
      const size = this.#fields.get('size');
      return { type, target, ...(size === undefined ? {} : { size: this.#size(size) }) };
    }
    const from = this.#fields.get('from');
    const source = posix.resolve('/', this.#fields.get('source') ?? '/');
    const origin = from === undefined || from === '' ? {} : { from: this.#from(from) };
    if (type === 'bind') return { type, target, source, ...origin, readWrite: this.#isOn('readwrite') };
    const sharing = this.#fields.get('sharing') ?? 'shared';
    if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked')
      throw this.#error(`sharing=${sharing} isn't one of shared, private, locked.`);
    return {
      type: 'cache',
      target,
      source,
      ...origin,
      id: this.#fields.get('id') ?? target,
      sharing,
      readOnly: this.#isOn('readonly'),
      ...this.#owner(0o755),
    };
  }

  #toSecret(): RunMount {
    const env = this.#fields.get('env');
    const named = this.#fields.get('id') ?? this.#fields.get('target');
    if (named === undefined) throw this.#error('--mount=type=secret needs an id or a target.');
    const id = this.#fields.get('id') ?? posix.basename(named);
    const target = this.#path('target') ?? (env === undefined ? `/run/secrets/${posix.basename(id)}` : undefined);
    return {
      type: 'secret',
      id,
      ...(target === undefined ? {} : { target }),
      ...(env === undefined ? {} : { env }),
      required: this.#isOn('required'),
      ...this.#owner(0o400),
    };
  }

  #owner(mode: number) {
    return { mode: this.#number('mode', 8, mode), uid: this.#number('uid', 10, 0), gid: this.#number('gid', 10, 0) };
  }

  #path(name: string): string | undefined {
    const path = this.#fields.get(name);
    return path === undefined || path === '' ? undefined : posix.resolve('/', this.#context.workdir, path);
  }

  #from(name: string): RunMountSource {
    return this.#context.resolveFrom(name) ?? { kind: 'image', reference: parseImageReference(name) };
  }

  #isOn(name: string): boolean {
    const value = this.#fields.get(name);
    if (value !== undefined && !/^(?:true|false|1|0)$/i.test(value))
      throw this.#error(`${name} must be true or false, not "${value}".`);
    return value !== undefined && /^(?:true|1)$/i.test(value);
  }

  #number(name: string, base: 8 | 10, otherwise: number): number {
    const value = this.#fields.get(name);
    if (value === undefined) return otherwise;
    if (!(base === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/).test(value))
      throw this.#error(`${name}=${value} isn't a number.`);
    return Number.parseInt(value, base);
  }

  #size(text: string): number {
    const [, digits, unit = ''] = /^(\d+)\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
    if (digits === undefined) throw this.#error(`size=${text} isn't a size such as 64m.`);
    return Number(digits) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  }

  #error(what: string) {
    return dockerfileInvalidError(this.#context.line, what);
  }
}
