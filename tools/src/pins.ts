import type { Manifest, Project } from './workspace.ts';

/** Returns the dependencies that aren't pinned exactly, each as `package.json: name: version: what it must be`. */
export function findLoosePins(projects: readonly Project[]): string[] {
  const versions = new Map(projects.map(({ manifest }) => [manifest.name, manifest.version]));
  return projects.flatMap(({ root, manifest }) =>
    installedDependencies(manifest).flatMap(([name, version]) => {
      const wanted = versions.has(name) ? siblingPin(manifest, versions.get(name)) : undefined;
      const fits = wanted === undefined ? isExact(version) : version === wanted;
      return fits ? [] : [`${root}/package.json: ${name}: ${version}: must be ${wanted ?? 'one exact version'}`];
    }),
  );
}

/** Excludes peer dependencies, which are ranges on purpose. */
function installedDependencies({
  dependencies,
  devDependencies,
  optionalDependencies,
  overrides,
}: Manifest): [string, string][] {
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  return [...Object.entries(all), ...Object.entries(overrides ?? {}).flatMap(overrideVersions)];
}

function overrideVersions([name, value]: [string, unknown]): [string, string][] {
  if (typeof value === 'string') return [[name, value]];
  return Object.entries(value as Record<string, unknown>).flatMap(overrideVersions);
}

/** Published packages pin the sibling's version. Private ones always use the workspace's. */
function siblingPin(manifest: Manifest, siblingVersion: string | undefined): string {
  return manifest.private ? '*' : (siblingVersion ?? '*');
}

function isExact(version: string): boolean {
  return /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
}
