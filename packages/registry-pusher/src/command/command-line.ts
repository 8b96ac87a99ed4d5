import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { defaultPlatform, type Platform } from '../image/platform.ts';
import {
  assertTag,
  formatImageReference,
  type ImageReference,
  layoutReference,
  layoutRegistry,
  parseImageReference,
  withDefaultTag,
} from '../image/reference.ts';
import { type BuildArgs, parseBuild } from './build-args.ts';
import {
  builders,
  type Common,
  oneOf,
  parseCacheOptions,
  parseTimeout,
  type PushArgs,
  usageError,
} from './push-args.ts';

export interface InspectArgs extends Common {
  readonly command: 'inspect';
  readonly image: ImageReference;
}

export interface DiffArgs extends Common {
  readonly command: 'diff';
  readonly from: ImageReference;
  readonly to: ImageReference;
  readonly exitCode: boolean;
}

export type CommandLine = PushArgs | BuildArgs | InspectArgs | DiffArgs | { readonly command: 'help' };

/** @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [command, ...rest] = argv;
  if (command === undefined) throw usageError('Missing command: use push, build, inspect or diff.');
  if (command === 'help' || argv.includes('--help') || argv.includes('-h')) return { command: 'help' };
  if (command === 'push') return parsePush(rest);
  if (command === 'build') return parseBuild(rest);
  if (command === 'inspect') return parseInspect(rest);
  if (command === 'diff') return parseDiff(rest);
  throw usageError(`Unknown command "${command}": use push, build, inspect or diff.`);
}

const commonOptions = {
  platform: { type: 'string' },
  username: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

function parsePush(argv: readonly string[]): PushArgs {
  const { values, positionals } = parse(argv, {
    ...commonOptions,
    output: { type: 'string' },
    from: { type: 'string' },
    context: { type: 'string' },
    'build-context': { type: 'string', multiple: true },
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
    'cache-from': { type: 'string', multiple: true },
    'cache-to': { type: 'string' },
    'run-max-age': { type: 'string' },
    'no-cache': { type: 'boolean' },
    'run-timeout': { type: 'string' },
  });
  const { output, from } = values;
  const [target] =
    output === undefined
      ? parseReferences(positionals, ['REFERENCE']).map(assertNotLayout)
      : [parseOutput(output, positionals, values.username)];
  if (from !== undefined) assertNotBuilding(values);
  if (values.oci && values.docker) throw usageError("Can't combine --oci and --docker: pass only one.");
  if (target!.digest !== undefined) throw usageError("Can't push to a digest: pass a tag. The push prints the digest.");
  const reuseFrom = values['reuse-from'];
  if (from === undefined && (values.platform ?? defaultPlatform) !== defaultPlatform)
    throw usageError(
      `Can't build a Dockerfile for ${values.platform}, only for ${defaultPlatform}. Use the library's push() for other platforms.`,
    );
  return {
    command: 'push',
    ...parseCommon(values),
    target: target!,
    from: from === undefined ? undefined : layoutReference(resolve(from), 'latest'),
    tags: (values.tag ?? []).map(assertTag),
    context: values.context ?? '.',
    dockerfile: values.dockerfile,
    buildArgs: values['build-arg'] ?? [],
    buildContexts: values['build-context'] ?? [],
    stage: values.target,
    builder: oneOf('--builder', values.builder ?? 'auto', builders),
    network: values.network,
    isTargetGiven: true,
    reuseFrom: reuseFrom === undefined ? undefined : withDefaultTag(parseImageReference(reuseFrom)),
    revision: values.revision,
    format: values.oci || (output !== undefined && !values.docker) ? 'oci' : 'docker',
    verifyReuse: values['verify-reuse'] ?? false,
    pin: values.pin ?? false,
    cacheDir: values['cache-dir'],
    secrets: values.secret ?? [],
    ...parseCacheOptions(values),
    runTimeout: parseTimeout(values['run-timeout']),
  };
}

function parseOutput(directory: string, [extra]: readonly string[], username: string | undefined): ImageReference {
  if (directory === '') throw usageError('Missing directory: --output needs one.');
  if (extra !== undefined)
    throw usageError(`Can't combine --output with "${extra}": it writes to a directory. Name the image with --tag.`);
  if (username !== undefined) throw usageError("Can't combine --output with --username: no registry is written.");
  return layoutReference(resolve(directory), 'latest');
}

function assertNotLayout(target: ImageReference): ImageReference {
  if (target.registry !== layoutRegistry) return target;
  throw usageError(`Can't push to ${formatImageReference(target)}: write a layout with --output ${target.repository}.`);
}

/** These options are about a build. */
const buildOptions = [
  'context',
  'dockerfile',
  'build-arg',
  'build-context',
  'target',
  'builder',
  'network',
  'reuse-from',
  'revision',
  'verify-reuse',
  'pin',
  'cache-dir',
  'secret',
  'cache-from',
  'cache-to',
  'run-max-age',
  'no-cache',
  'run-timeout',
];

function assertNotBuilding(values: Readonly<Record<string, unknown>>): void {
  if (values['from'] === '') throw usageError('Missing directory: --from needs one.');
  const option = buildOptions.find((name) => values[name] !== undefined);
  if (option !== undefined) throw usageError(`Can't combine --from with --${option}: the image is already built.`);
}

function parseInspect(argv: readonly string[]): InspectArgs {
  const { values, positionals } = parse(argv, commonOptions);
  const [image] = parseReferences(positionals, ['REFERENCE']);
  return { command: 'inspect', ...parseCommon(values), image: image! };
}

function parseDiff(argv: readonly string[]): DiffArgs {
  const { values, positionals } = parse(argv, { ...commonOptions, 'exit-code': { type: 'boolean' } });
  const [from, to] = parseReferences(positionals, ['A', 'B']);
  return { command: 'diff', ...parseCommon(values), from: from!, to: to!, exitCode: values['exit-code'] ?? false };
}

function parseCommon(values: { platform?: string; username?: string; 'password-stdin'?: boolean }): Common {
  const { platform = defaultPlatform, username } = values;
  if (!/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/.test(platform))
    throw usageError(`Invalid --platform "${platform}": expected a value like linux/amd64.`);
  if ((username === undefined) === (values['password-stdin'] === true))
    throw usageError('Pass --username and --password-stdin together: passwords are only read from stdin.');
  return { platform: platform as Platform, username };
}

function parseReferences(positionals: readonly string[], names: readonly string[]): ImageReference[] {
  if (positionals.length < names.length)
    throw usageError(`Missing argument ${names[positionals.length]}: pass an image reference.`);
  if (positionals.length > names.length)
    throw usageError(`Unexpected argument "${positionals[names.length]}": pass only ${names.join(' and ')}.`);
  return positionals.map((text) =>
    text.startsWith(layoutPrefix)
      ? layoutReference(resolve(text.slice(layoutPrefix.length)))
      : withDefaultTag(parseImageReference(text)),
  );
}

/** As in skopeo. */
const layoutPrefix = 'oci:';

function parse<O extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (cause) {
    throw usageError(`${(cause as Error).message.replace(/\. To specify a positional argument.*|\.$/s, '')}.`);
  }
}
