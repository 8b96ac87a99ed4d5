import type { ImageReference, Snapshot } from './model.ts';

/**
 * A change to an app: the release's description, and a function from the snapshot before it to its own. The function is
 * called again if the release had to wait for an earlier one.
 */
export interface Change {
  readonly description: string;
  readonly apply: (before: Snapshot) => Snapshot;
}

/** Releases new images and commands of some process types. `style` decides whether the description has short image IDs. */
export function createDeploy(
  images: Readonly<Record<string, ImageReference>>,
  commands: Readonly<Record<string, string>>,
  style: 'image' | 'plain',
): Change {
  const parts = Object.entries(images).map(([type, { imageId }]) =>
    style === 'image' ? `${type} (${shortenImageId(imageId)})` : type,
  );
  return {
    description:
      parts.length > 0 ? `Deployed ${parts.join(', ')}` : `Changed command of ${Object.keys(commands).join(', ')}`,
    apply: (before) => ({
      ...before,
      images: { ...before.images, ...images },
      commands: { ...omit(before.commands, Object.keys(images)), ...commands },
    }),
  };
}

/** Whether a deploy would change nothing; Heroku creates no release then. */
export function isSameDeploy(
  newest: Snapshot,
  images: Readonly<Record<string, ImageReference>>,
  commands: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(images).every(([type, image]) => newest.images[type]?.imageId === image.imageId) &&
    Object.entries(commands).every(([type, command]) => newest.commands[type] === command)
  );
}

/** Returns the config vars after a patch (null removes one); undefined if it changes nothing. */
export function applyConfigVarPatch(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): { readonly configVars: Record<string, string>; readonly change: Change } | undefined {
  const set = Object.entries(patch).flatMap(([key, value]) => (value !== null && before[key] !== value ? [key] : []));
  const removed = Object.entries(patch).flatMap(([key, value]) =>
    value === null && Object.hasOwn(before, key) ? [key] : [],
  );
  if (set.length + removed.length === 0) return undefined;
  const configVars = omit(before, removed);
  for (const key of set) configVars[key] = patch[key] ?? '';
  const parts = [
    ...(set.length > 0 ? [`Set ${set.join(', ')}`] : []),
    ...(removed.length > 0 ? [`Remove ${removed.join(', ')}`] : []),
  ];
  return {
    configVars,
    change: { description: `${parts.join(', ')} config vars`, apply: (snapshot) => ({ ...snapshot, configVars }) },
  };
}

/** Restores an earlier release, config vars included. */
export function createRollback(version: number, target: Snapshot): Change {
  return { description: `Rollback to v${version}`, apply: () => target };
}

/** Returns the 12 hex digits in release descriptions. */
function shortenImageId(imageId: string): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12);
}

function omit<Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}
