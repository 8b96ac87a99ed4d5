import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Import } from './imports.ts';
import type { Project } from './workspace.ts';

/** Who may import whom among the packages of this workspace. Clients and sandbox know nothing of each other. */
export interface Boundaries {
  /** By package name; `*` may import all. A package that is not named here may import none. */
  readonly mayImport: Readonly<Record<string, readonly string[] | '*'>>;
  /** Third-party clients that only one file of a package may import, so that each could be replaced. */
  readonly oneFileOnly: readonly string[];
}

export const boundaries: Boundaries = {
  mayImport: {
    '@tozo/cli': ['@tozo/deploy', '@tozo/sandbox', '@tozo/nx', '@tozo/infrastructure'],
    '@tozo/deploy': ['@tozo/registry-pusher', '@tozo/heroku-client', '@tozo/gitlab-variables'],
    '@tozo/registry-pusher': [],
    '@tozo/heroku-client': [],
    '@tozo/gitlab-variables': [],
    '@tozo/infrastructure': [],
    '@tozo/nx': [],
    '@tozo/sandbox': [],
    tozo: ['@tozo/infrastructure'],
    '@tozo/e2e': '*',
    '@tozo/benchmarks': '*',
    '@tozo/tools': '*',
  },
  oneFileOnly: ['dockerode', 'undici', '@gitbeaker/rest', 'cdktf'],
};

/** The imports that cross a boundary, each as `file: import: why not`. */
export function violations(imports: readonly Import[], projects: readonly Project[], rules: Boundaries): string[] {
  const members = projects.filter(({ root }) => root !== '.');
  const owned = imports.flatMap((found) => {
    const project = members.find(({ root }) => found.file.startsWith(`${root}/`));
    return project ? [{ ...found, project }] : [];
  });
  return [
    ...owned.flatMap((found) => forbidden(found, members, rules)),
    ...owned.filter(isShipped).flatMap(undeclared),
    ...inSeveralFiles(owned.filter(isShipped), rules),
  ];
}

interface OwnedImport extends Import {
  readonly project: Project;
}

function forbidden(
  { file, specifier, project }: OwnedImport,
  members: readonly Project[],
  rules: Boundaries,
): string[] {
  const isPath = specifier.startsWith('.');
  const path = posix.join(posix.dirname(file), specifier);
  const target = members.find(({ root, manifest }) =>
    isPath ? path.startsWith(`${root}/`) : manifest.name === packageOf(specifier),
  );
  if (target === undefined || target === project) return [];
  const { name, private: hasNoExports } = target.manifest;
  const allowed = rules.mayImport[project.manifest.name] ?? [];
  if (isPath && !hasNoExports) return [`${file}: ${specifier}: import ${name} by its name`];
  if (allowed === '*' || allowed.includes(name)) return [];
  return [`${file}: ${specifier}: ${project.manifest.name} may import ${allowed.join(', ') || 'none of our packages'}`];
}

/** What a package that others install imports, they must get with it. */
function undeclared({ file, specifier, project }: OwnedImport): string[] {
  if (project.manifest.private || specifier.startsWith('.') || isBuiltin(specifier)) return [];
  const { name, dependencies, optionalDependencies, peerDependencies } = project.manifest;
  const declared = { [name]: '', ...dependencies, ...optionalDependencies, ...peerDependencies };
  if (packageOf(specifier) in declared) return [];
  return [`${file}: ${specifier}: not among the dependencies in ${project.root}/package.json`];
}

function inSeveralFiles(imports: readonly OwnedImport[], rules: Boundaries): string[] {
  return rules.oneFileOnly.flatMap((client) => {
    const found = imports.filter(({ specifier }) => packageOf(specifier) === client);
    const roots = new Set(found.map(({ project }) => project.root));
    return [...roots].flatMap((root) => {
      const files = [...new Set(found.filter(({ project }) => project.root === root).map(({ file }) => file))];
      return files.length > 1 ? [`${files.join(', ')}: ${client}: only one file of ${root} may import it`] : [];
    });
  });
}

/** Whether the file is part of what others install, not of the tests or the tooling around it. */
function isShipped({ file }: Import): boolean {
  return /\/(src|bin)\//.test(file) && !/\.test\.ts$|\/testing\//.test(file);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
