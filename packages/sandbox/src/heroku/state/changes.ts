import type { ImageReference, Snapshot } from './model.ts';

/**
 * A change to an app as data: how the release is described, and what it runs given what runs before it. The second is
 * asked again when a release had to wait for the one before it.
 */
export interface Change {
  readonly description: string;
  readonly apply: (before: Snapshot) => Snapshot;
}

/** New images for some process types, in one release; `names` says whether its description shows their short IDs. */
export function deployChange(
  images: Readonly<Record<string, ImageReference>>,
  commands: Readonly<Record<string, string>>,
  names: 'image' | 'plain',
): Change {
  const parts = Object.entries(images).map(([type, { imageId }]) =>
    names === 'image' ? `${type} (${shortImageId(imageId)})` : type,
  );
  return {
    description:
      parts.length > 0 ? `Deployed ${parts.join(', ')}` : `Changed command of ${Object.keys(commands).join(', ')}`,
    apply: (before) => ({
      ...before,
      images: { ...before.images, ...images },
      commands: { ...without(before.commands, Object.keys(images)), ...commands },
    }),
  };
}

/** Whether a deploy would leave everything as it is; Heroku makes no release then. */
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

/** Config vars after a patch in which null removes; undefined when the patch changes nothing. */
export function patchedConfigVars(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): { readonly configVars: Record<string, string>; readonly change: Change } | undefined {
  const set = Object.entries(patch).flatMap(([key, value]) => (value !== null && before[key] !== value ? [key] : []));
  const removed = Object.entries(patch).flatMap(([key, value]) =>
    value === null && Object.hasOwn(before, key) ? [key] : [],
  );
  if (set.length + removed.length === 0) return undefined;
  const configVars = without(before, removed);
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

/** What an earlier release ran, its config vars included. */
export function rollbackChange(version: number, target: Snapshot): Change {
  return { description: `Rollback to v${version}`, apply: () => target };
}

/** The 12 hex digits that release descriptions show. */
export function shortImageId(imageId: string): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12);
}

function without<Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}
