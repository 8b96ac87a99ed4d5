import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ImageReference, parseImageReference, withDefaultTag } from '../image/reference.ts';
import { builders, defaultPushArgs, oneOf, parseCacheOptions, type PushArgs, usageError } from './push-args.ts';

/** `registry-pusher build`: the options of kaniko's executor. */
export interface BuildArgs {
  readonly command: 'build';
  /** How to build; its target is the first destination, if there is one. */
  readonly push: PushArgs;
  /** Every place that the image is pushed to; none with `--no-push`. */
  readonly destinations: readonly ImageReference[];
  /** Where to write the image as an archive for `docker load`. */
  readonly tarPath: string | undefined;
  /** Where to write the manifest's digest. */
  readonly digestFile: string | undefined;
  /** Options of kaniko that change nothing here. */
  readonly ignored: readonly string[];
}

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;

const options = {
  destination: { ...list, short: 'd' },
  context: { ...text, short: 'c' },
  'context-sub-path': text,
  dockerfile: { ...text, short: 'f' },
  'build-arg': list,
  target: text,
  cache: text,
  'cache-repo': text,
  'cache-ttl': text,
  'no-push': text,
  'tar-path': text,
  'digest-file': text,
  'build-context': list,
  secret: list,
  'cache-from': list,
  'cache-to': text,
  'run-max-age': text,
  'no-cache': { type: 'boolean' },
  builder: text,
  network: text,
  revision: text,
  pin: { type: 'boolean' },
} as const;

/** They are about how kaniko takes snapshots of its own root, retries, logs, or about what is always so here. */
const withoutEffect: ReadonlySet<string> = new Set([
  'cache-copy-layers',
  'cache-run-layers',
  'cache-dir',
  'cleanup',
  'compressed-caching',
  'compression',
  'compression-level',
  'force',
  'image-download-retry',
  'image-fs-extract-retry',
  'log-format',
  'log-timestamp',
  'push-ignore-immutable-tag-errors',
  'push-retry',
  'reproducible',
  'single-snapshot',
  'skip-default-registry-fallback',
  'skip-unused-stages',
  'snapshot-mode',
  'use-new-run',
  'verbosity',
]);

const flagsWithoutValue: ReadonlySet<string> = new Set(
  [...withoutEffect].filter(
    (name) =>
      !/^(?:cache-dir|compression|compression-level|image-.*-retry|log-format|push-retry|snapshot-mode|verbosity)$/.test(
        name,
      ),
  ),
);

const camelCase: Readonly<Record<string, string>> = {
  tarPath: 'tar-path',
  snapshotMode: 'snapshot-mode',
  customPlatform: 'custom-platform',
};

/**
 * Parses the options of kaniko's executor, so that a job that calls it changes one line. Options that change nothing here are
 * accepted; an option whose effect would be missing is an error.
 * @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID
 */
export function parseBuild(argv: readonly string[]): BuildArgs {
  const { args, ignored } = normalize(argv);
  const { values, positionals } = parseValues(args);
  if (positionals.length > 0)
    throw usageError(`Unexpected argument "${positionals[0]}": name the image with --destination.`);
  const destinations = (values.destination ?? []).map((each) => withDefaultTag(parseImageReference(each)));
  const isPushed = !isTrue('--no-push', values['no-push']);
  const [first] = destinations;
  if (first === undefined && isPushed && values['tar-path'] === undefined)
    throw usageError('Missing --destination: name the image, or pass --no-push or --tar-path FILE.');
  const withDigest = destinations.find(({ digest }) => digest !== undefined);
  if (withDigest !== undefined) throw usageError("Can't push to a digest: pass a tag.");
  const context = join(contextDirectory(values.context ?? '.'), values['context-sub-path'] ?? '');
  const usesCache = values.cache === undefined ? undefined : isTrue('--cache', values.cache);
  const repository =
    values['cache-repo'] ?? (usesCache && first ? `${first.registry}/${first.repository}/cache` : undefined);
  const cacheOptions = parseCacheOptions({
    'cache-from': values['cache-from'] ?? [],
    'cache-to': values['cache-to'] ?? (usesCache === false ? undefined : repository),
    'run-max-age': values['run-max-age'] ?? cacheTtl(values['cache-ttl']),
    'no-cache': values['no-cache'] === true || usesCache === false,
  });
  const defaults = defaultPushArgs(first ?? { registry: 'localhost', repository: 'build', tag: 'latest' });
  return {
    command: 'build',
    push: {
      ...defaults,
      ...cacheOptions,
      isTargetGiven: first !== undefined,
      context,
      dockerfile: values.dockerfile,
      buildArgs: values['build-arg'] ?? [],
      buildContexts: values['build-context'] ?? [],
      secrets: values.secret ?? [],
      stage: values.target,
      builder: oneOf('--builder', values.builder ?? 'auto', builders),
      network: values.network,
      revision: values.revision,
      pin: values.pin ?? false,
    },
    destinations: isPushed ? destinations : [],
    tarPath: values['tar-path'],
    digestFile: values['digest-file'],
    ignored,
  };
}

/** Go's flags may have `=true` where Node's have no value, and `--name value` where ours would be a flag. */
function normalize(argv: readonly string[]): { readonly args: string[]; readonly ignored: string[] } {
  const args: string[] = [];
  const ignored: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const [, written = '', value] = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = camelCase[written] ?? written;
    const next = argv[at + 1];
    if (withoutEffect.has(name)) {
      ignored.push(`--${name}`);
      if (value === undefined && !flagsWithoutValue.has(name)) at++;
    } else if (word === '-v') {
      ignored.push('--verbosity');
      at++;
    } else if (name === 'custom-platform') {
      const platform = value ?? argv[++at] ?? '';
      if (!/^linux\/amd64(?:\/.*)?$/.test(platform))
        throw usageError(`Can't build a Dockerfile for ${platform}, only for linux/amd64.`);
    } else if (name === 'cache' || name === 'no-push') {
      args.push(`--${name}=${value ?? (next === 'true' || next === 'false' ? argv[++at]! : 'true')}`);
    } else args.push(written === '' ? word : `--${name}${value === undefined ? '' : `=${value}`}`);
  }
  return { args, ignored };
}

function parseValues(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    const message = (cause as Error).message.replace(/\. To specify a positional argument.*|\.$/s, '');
    throw usageError(`${message}. This command has kaniko's common options.`);
  }
}

function isTrue(option: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw usageError(`Invalid ${option}=${value}: use true or false.`);
}

/** kaniko's contexts are URLs: `dir://` is a directory here. */
function contextDirectory(context: string): string {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(context) ?? [];
  if (scheme === undefined) return context;
  if (scheme === 'dir') return rest!;
  throw usageError(`Can't read the context ${context}: check it out first, and pass its directory.`);
}

/** kaniko's durations are Go's, and hours are the largest unit there. */
function cacheTtl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, hours, minutes = '0'] = /^(\d+)h(?:(\d+)m)?(?:0s)?$/.exec(value) ?? [];
  if (hours === undefined) return value;
  return `${Number(hours) * 60 + Number(minutes)}m`;
}
