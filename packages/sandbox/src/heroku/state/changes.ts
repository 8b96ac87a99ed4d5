import { imageOf, type ImageReference, type Snapshot } from './model.ts';

/** Config vars by name. */
export type ConfigVars = Readonly<Record<string, string>>;

/** What a release runs, except for its config vars: those are the app's at the time. */
export type Code = Omit<Snapshot, 'configVars'>;

/**
 * A change to an app: the release's description, and functions from the code and the config vars before it to those after
 * it. They are called again if the release had to wait for an earlier one.
 */
export interface Change {
  readonly description: string;
  readonly apply: (before: Code) => Code;
  /** Default: no change. */
  readonly applyToConfigVars?: (before: ConfigVars) => ConfigVars;
  /** The process types that leave the formation when the release succeeds. */
  readonly removes?: readonly string[];
}

/** What a formation update sets and removes, by process type. */
export interface Deploy {
  readonly images: Readonly<Record<string, ImageReference>>;
  readonly commands: Readonly<Record<string, string>>;
  readonly removes: readonly string[];
}

/** Creates the change of a deploy. `style` decides whether the description has short image IDs. */
export function createDeploy({ images, commands, removes }: Deploy, style: 'image' | 'plain'): Change {
  const deployed = Object.entries(images).map(([type, { imageId }]) =>
    style === 'image' ? `${type} (${shortenImageId(imageId)})` : type,
  );
  const commanded = Object.keys(commands).filter((type) => !Object.hasOwn(images, type));
  const parts = [
    ...(deployed.length > 0 ? [`Deployed ${deployed.join(', ')}`] : []),
    ...(removes.length > 0 ? [`Removed ${removes.join(', ')}`] : []),
    ...(commanded.length > 0 ? [`Changed command of ${commanded.join(', ')}`] : []),
  ];
  return {
    description: parts.join(', '),
    removes,
    apply: (before) => ({
      images: { ...omit(before.images, removes), ...images },
      commands: { ...omit(before.commands, [...removes, ...Object.keys(images)]), ...commands },
    }),
  };
}

/** Returns whether a deploy would change nothing; Heroku creates no release then. */
export function isSameDeploy(newest: Snapshot, { images, commands, removes }: Deploy): boolean {
  return (
    Object.entries(images).every(([type, image]) => imageOf(newest, type)?.imageId === image.imageId) &&
    Object.entries(commands).every(([type, command]) => newest.commands[type] === command) &&
    removes.every((type) => imageOf(newest, type) === undefined)
  );
}

/** Creates the change of a patch (null removes a config var); undefined if it changes nothing. */
export function createConfigVarPatch(
  before: ConfigVars,
  patch: Readonly<Record<string, string | null>>,
): Change | undefined {
  const set = Object.entries(patch).flatMap(([key, value]) => (value !== null && before[key] !== value ? [key] : []));
  const removed = Object.entries(patch).flatMap(([key, value]) =>
    value === null && Object.hasOwn(before, key) ? [key] : [],
  );
  if (set.length + removed.length === 0) return undefined;
  const parts = [
    ...(set.length > 0 ? [`Set ${set.join(', ')}`] : []),
    ...(removed.length > 0 ? [`Remove ${removed.join(', ')}`] : []),
  ];
  return {
    description: `${parts.join(', ')} config vars`,
    apply: (code) => code,
    applyToConfigVars: (configVars) => ({
      ...omit(configVars, removed),
      ...Object.fromEntries(set.map((key) => [key, patch[key] ?? ''])),
    }),
  };
}

/** Restores an earlier release, config vars included. */
export function createRollback(version: number, { images, commands, configVars }: Snapshot): Change {
  return {
    description: `Rollback to v${version}`,
    apply: () => ({ images, commands }),
    applyToConfigVars: () => configVars,
  };
}

/** Releases the same code again. */
export function createRetry(description: string, { images, commands }: Snapshot): Change {
  return { description, apply: () => ({ images, commands }) };
}

/** Returns the 12 hex digits in release descriptions. */
function shortenImageId(imageId: string): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12);
}

function omit<Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}
