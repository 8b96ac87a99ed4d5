import { isBuiltin } from 'node:module';
import { folderViolations, type FolderOrder } from './folder-order.ts';
import { importCircles } from './import-circles.ts';
import { importedFile, isShipped, packageOf, type Import } from './imports.ts';
import type { Project } from './workspace.ts';

/** What may import what in this workspace. The clients and the sandbox never import each other. */
export interface Boundaries {
  /** By package name; `*` may import all. A package missing here may import none. */
  readonly mayImport: Readonly<Record<string, readonly string[] | '*'>>;
  /** Third-party clients that only one file of a package may import, which keeps them replaceable. */
  readonly oneFileOnly: readonly string[];
  readonly folderOrder: FolderOrder;
}

export const boundaries: Boundaries = {
  mayImport: {
    '@tozo/cli': [
      '@tozo/deploy',
      '@tozo/gitlab-ci',
      '@tozo/image-deps',
      '@tozo/init',
      '@tozo/sandbox',
      '@tozo/nx',
      '@tozo/infrastructure',
    ],
    '@tozo/deploy': ['@tozo/registry-pusher', '@tozo/heroku-client', '@tozo/gitlab-variables'],
    '@tozo/registry-pusher': [],
    '@tozo/heroku-client': [],
    '@tozo/gitlab-variables': [],
    '@tozo/gitlab-ci': [],
    '@tozo/image-deps': [],
    '@tozo/init': [],
    '@tozo/infrastructure': [],
    '@tozo/nx': ['@tozo/init'],
    '@tozo/sandbox': [],
    tozo: ['@tozo/infrastructure'],
    '@tozo/e2e': '*',
    '@tozo/benchmarks': '*',
    '@tozo/tools': '*',
  },
  oneFileOnly: ['dockerode', 'undici', '@gitbeaker/rest', 'cdktf'],
  folderOrder: {
    'packages/registry-pusher/src': [
      'image',
      'abort-on-failure.ts',
      'files',
      'tar',
      'run/run-step.ts',
      'run/key',
      'run/executor.ts',
      'registry/transport',
      'registry/login',
      'registry/client',
      'registry/pull',
      'registry/push',
      'registry/layout',
      'registry',
      'build/dockerfile',
      'build/context',
      'build/base',
      'build/native',
      'build/layer',
      'run/reuse',
      'run/cache',
      'build/lock',
      'build',
      'build/handover',
      'run/execute',
      'run/remote',
      'run/probe',
      'build/start',
      'build/direct',
      'build/compose',
      'docker/engine',
      'docker/session',
      'docker/loopback',
      'docker/export',
      'docker/builder',
      'inspect',
      'command',
    ],
    'packages/heroku-client/src': ['errors.ts', 'secret.ts', 'redaction', 'transport', 'resources', 'releases'],
    'packages/gitlab-variables/src': ['variable', 'declaration', 'transport', 'project', 'sync', 'command'],
    'packages/gitlab-ci/src': [
      'errors.ts',
      'environment.ts',
      'json.ts',
      'deployments',
      'git',
      'changes',
      'decision',
      'base',
      'job',
      'pipeline',
    ],
    'packages/deploy/src': [
      'assert-never.ts',
      'clock.ts',
      'errors.ts',
      'ports.ts',
      'start-early.ts',
      'config',
      'state',
      'plan',
      'outcome',
      'report/target.ts',
      'request.ts',
      'images',
      'services.ts',
      'report',
      'steps',
      'rollback',
      'status',
      'doctor',
    ],
    'packages/cli/src': [
      'usage-error.ts',
      'process-context.ts',
      'output',
      'command-context.ts',
      'git-distance.ts',
      'git.ts',
      'project.ts',
      'signals.ts',
      'target.ts',
      'version.ts',
      'run-reuse-options.ts',
      'render',
      'commands',
    ],
    'packages/image-deps/src': ['errors.ts', 'platform.ts', 'project', 'managers', 'install', 'tree', 'image', 'next'],
    'packages/infrastructure/src': [
      'errors.ts',
      'kept-state.ts',
      'project-path.ts',
      'terraform.ts',
      'constructs',
      'command',
    ],
    'packages/init/src': ['errors.ts', 'project', 'takeover', 'files'],
    'packages/sandbox/src': [
      'errors',
      'http',
      'check',
      'state',
      'time',
      'process',
      'assumptions',
      'journal',
      'fidelity',
      'faults',
      'tls',
      'registry',
      'base',
      'dynos',
      'dynos/image',
      'dynos/command',
      'dynos/disk',
      'dynos/process',
      'dynos/docker',
      'router',
      'heroku',
      'gitlab',
      'seed',
      'server',
      'background',
    ],
  },
};

/** Returns the forbidden imports, each as `file: specifier: why not`, and the import circles. */
export function violations(imports: readonly Import[], projects: readonly Project[], rules: Boundaries): string[] {
  const members = projects.filter(({ root }) => root !== '.');
  const owned = imports.flatMap((found) => {
    const project = members.find(({ root }) => found.file.startsWith(`${root}/`));
    return project ? [{ ...found, project }] : [];
  });
  return [
    ...owned.flatMap((found) => forbidden(found, members, rules)),
    ...owned.filter(({ file }) => isShipped(file)).flatMap(undeclared),
    ...inSeveralFiles(
      owned.filter(({ file }) => isShipped(file)),
      rules,
    ),
    ...folderViolations(imports, rules.folderOrder),
    ...importCircles(imports).map((circle) => `${circle}: import circle`),
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
  const path = importedFile(file, specifier);
  const target = members.find(({ root, manifest }) =>
    path === undefined ? manifest.name === packageOf(specifier) : path.startsWith(`${root}/`),
  );
  if (target === undefined || target === project) return [];
  const { name, private: hasNoExports } = target.manifest;
  const allowed = rules.mayImport[project.manifest.name] ?? [];
  if (path !== undefined && !hasNoExports) return [`${file}: ${specifier}: import ${name} by its name`];
  if (allowed === '*' || allowed.includes(name)) return [];
  return [`${file}: ${specifier}: ${project.manifest.name} may import ${allowed.join(', ') || 'none of our packages'}`];
}

/** A published package must declare what it imports. */
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
