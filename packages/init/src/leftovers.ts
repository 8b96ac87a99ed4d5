import { directoryOf, joinPath, type Snapshot } from './project/snapshot.ts';
import type { TakenLine } from './takeover/taken.ts';

/** A file or setting that nothing needs any more. It's listed, never removed. */
export interface Removable {
  readonly path: string;
  readonly reason: string;
}

const ofOtherTools: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(?:.*\/)?fly\.toml$/, 'of Fly.io'],
  [/^(?:.*\/)?(?:vercel|now)\.json$/, 'of Vercel'],
  [/^(?:.*\/)?netlify\.toml$/, 'of Netlify'],
  [/^(?:.*\/)?render\.yaml$/, 'of Render'],
  [/^(?:.*\/)?railway\.(?:json|toml)$/, 'of Railway'],
  [/^(?:.*\/)?captain-definition$/, 'of CapRover'],
  [/^\.platform\.app\.yaml$/, 'of Platform.sh'],
  [/^(?:.*\/)?(?:\.slugignore|\.buildpacks|static\.json|project\.toml)$/, 'for buildpacks'],
  [/^(?:.*\/)?(?:Procfile|heroku\.yml)$/, 'for deploys without tozo'],
  [/^(?:.*\/)?cdktf\.json$/, 'of cdktf-cli, which @tozo/infrastructure does without'],
];

/**
 * Lists what a failed attempt or another tool left.
 * @param replaced files that were taken over
 * @param stays what has to stay in them
 */
export function listRemovable(
  snapshot: Snapshot,
  replaced: readonly string[],
  stays: readonly TakenLine[] = [],
): Removable[] {
  const found = [...snapshot.files].toSorted().flatMap((path): Removable[] => {
    if (replaced.includes(path))
      return [
        {
          path,
          reason: path.endsWith('.tf')
            ? terraformReason(stays.filter(({ file }) => file === path))
            : 'deploy.json replaces it',
        },
      ];
    const [, reason] = ofOtherTools.find(([pattern]) => pattern.test(path)) ?? [];
    if (reason !== undefined)
      return [
        {
          path,
          reason: `${reason}: taken over by tozo init --from ${path}, or not needed`.replace(
            /: taken over.*(?<!heroku\.yml|Procfile), or not needed$/,
            '',
          ),
        },
      ];
    if (/(?:^|\/)out\/image\//.test(path))
      return [
        {
          path: `${path.slice(0, path.indexOf('out/image/'))}out/image`,
          reason: `written by tozo image-deps${snapshot.isRepository ? ': git rm -r --cached it' : ''}`,
        },
      ];
    if (path === '.tozo/changes.json')
      return [{ path, reason: `written by a job${snapshot.isRepository ? ': git rm --cached it' : ''}` }];
    if (path.startsWith('.github/workflows/') && /heroku/i.test(snapshot.texts.get(path) ?? path))
      return [{ path, reason: 'deploys to Heroku from GitHub' }];
    if (path.endsWith('package.json')) return scriptsFor(snapshot, path);
    return [];
  });
  const seen = new Set<string>();
  return found.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function terraformReason(stays: readonly TakenLine[]): string {
  const rest = stays.length === 0 ? '' : `. But keep ${stays.map(({ text }) => text).join(', ')}`;
  return `infrastructure.mts replaces it, once terraform apply has imported everything${rest}`;
}

function scriptsFor({ texts }: Snapshot, path: string): Removable[] {
  const names = ['heroku-prebuild', 'heroku-postbuild', 'heroku-cleanup'].filter((name) =>
    texts.get(path)?.includes(`"${name}"`),
  );
  return names.map((name) => ({
    path: `${joinPath(directoryOf(path), 'package.json')} scripts.${name}`,
    reason: 'only buildpacks run it',
  }));
}
