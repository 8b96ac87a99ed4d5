import { parseArgs, type ParseArgsConfig } from 'node:util';
import { RegistryPusherError } from '../image/errors.ts';
import type { ManifestFormat } from '../image/manifest.ts';
import { defaultPlatform, type Platform } from '../image/platform.ts';
import { type ImageReference, parseImageReference, requireTag, withDefaultTag } from '../image/reference.ts';

interface Common {
  readonly platform: Platform;
  readonly username: string | undefined;
}

export interface PushLine extends Common {
  readonly command: 'push';
  readonly target: ImageReference;
  readonly tags: readonly string[];
  readonly context: string;
  readonly dockerfile: string | undefined;
  /** `NAME=value`, or `NAME` for what the environment has. */
  readonly buildArgs: readonly string[];
  readonly stage: string | undefined;
  readonly builder: 'auto' | 'direct' | 'docker';
  readonly network: string | undefined;
  readonly reuseFrom: ImageReference | undefined;
  readonly revision: string | undefined;
  readonly format: ManifestFormat;
  readonly verifyReuse: boolean;
  readonly pin: boolean;
  readonly cacheDir: string | undefined;
  /** `id=NAME`, and `src=FILE` or `env=VARIABLE`, as of docker build. */
  readonly secrets: readonly string[];
}

export interface InspectLine extends Common {
  readonly command: 'inspect';
  readonly image: ImageReference;
}

export interface DiffLine extends Common {
  readonly command: 'diff';
  readonly from: ImageReference;
  readonly to: ImageReference;
  readonly exitCode: boolean;
}

export type CommandLine = PushLine | InspectLine | DiffLine | { readonly command: 'help' };

/** @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [command, ...rest] = argv;
  if (command === undefined) throw wrong('Say push, inspect or diff.');
  if (command === 'help' || argv.includes('--help') || argv.includes('-h')) return { command: 'help' };
  if (command === 'push') return parsePush(rest);
  if (command === 'inspect') return parseInspect(rest);
  if (command === 'diff') return parseDiff(rest);
  throw wrong(`"${command}" is no command: say push, inspect or diff.`);
}

const commonOptions = {
  platform: { type: 'string' },
  username: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

function parsePush(argv: readonly string[]): PushLine {
  const { values, positionals } = parse(argv, {
    ...commonOptions,
    context: { type: 'string' },
    dockerfile: { type: 'string' },
    'build-arg': { type: 'string', multiple: true },
    target: { type: 'string' },
    tag: { type: 'string', multiple: true },
    builder: { type: 'string' },
    network: { type: 'string' },
    'reuse-from': { type: 'string' },
    revision: { type: 'string' },
    oci: { type: 'boolean' },
    docker: { type: 'boolean' },
    'verify-reuse': { type: 'boolean' },
    pin: { type: 'boolean' },
    'cache-dir': { type: 'string' },
    secret: { type: 'string', multiple: true },
  });
  const [target] = references(positionals, ['REFERENCE']);
  if (values.oci && values.docker) throw wrong('--oci and --docker exclude each other.');
  if (target!.digest !== undefined) throw wrong('push takes a tag, not a digest: the digest is what comes out.');
  const reuseFrom = values['reuse-from'];
  if ((values.platform ?? defaultPlatform) !== defaultPlatform)
    throw wrong(`Dockerfiles are built for ${defaultPlatform}; the library's push() takes any platform.`);
  return {
    command: 'push',
    ...common(values),
    target: target!,
    tags: (values.tag ?? []).map(requireTag),
    context: values.context ?? '.',
    dockerfile: values.dockerfile,
    buildArgs: values['build-arg'] ?? [],
    stage: values.target,
    builder: oneOf('--builder', values.builder ?? 'auto', ['auto', 'direct', 'docker'] as const),
    network: values.network,
    reuseFrom: reuseFrom === undefined ? undefined : withDefaultTag(parseImageReference(reuseFrom)),
    revision: values.revision,
    format: values.oci ? 'oci' : 'docker',
    verifyReuse: values['verify-reuse'] ?? false,
    pin: values.pin ?? false,
    cacheDir: values['cache-dir'],
    secrets: values.secret ?? [],
  };
}

function parseInspect(argv: readonly string[]): InspectLine {
  const { values, positionals } = parse(argv, commonOptions);
  const [image] = references(positionals, ['REFERENCE']);
  return { command: 'inspect', ...common(values), image: image! };
}

function parseDiff(argv: readonly string[]): DiffLine {
  const { values, positionals } = parse(argv, { ...commonOptions, 'exit-code': { type: 'boolean' } });
  const [from, to] = references(positionals, ['A', 'B']);
  return { command: 'diff', ...common(values), from: from!, to: to!, exitCode: values['exit-code'] ?? false };
}

function common(values: { platform?: string; username?: string; 'password-stdin'?: boolean }): Common {
  const { platform = defaultPlatform, username } = values;
  if (!/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/.test(platform))
    throw wrong(`"${platform}" is no platform: expected one such as linux/amd64.`);
  if ((username === undefined) === (values['password-stdin'] === true))
    throw wrong('--username and --password-stdin belong together: a password never stands in an argument.');
  return { platform: platform as Platform, username };
}

function references(positionals: readonly string[], names: readonly string[]): ImageReference[] {
  if (positionals.length < names.length) throw wrong(`${names[positionals.length]} is missing: which image?`);
  if (positionals.length > names.length) throw wrong(`What is "${positionals[names.length]}"?`);
  return positionals.map((text) => withDefaultTag(parseImageReference(text)));
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw wrong(`${option} is "${value}"; it is one of ${choices.join(', ')}.`);
}

function parse<O extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (cause) {
    throw wrong(`${(cause as Error).message}.`);
  }
}

function wrong(message: string): RegistryPusherError {
  return new RegistryPusherError('OPTIONS_INVALID', `${message} See registry-pusher --help.`);
}
