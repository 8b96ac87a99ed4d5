import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { inferInfrastructureTargets, infrastructurePrograms, isInfrastructureProgram } from './infer-infrastructure.ts';
import {
  inferDeployTarget,
  inferImageDepsTarget,
  inferImageTarget,
  inferSandboxTarget,
  outlineDockerfile,
  usesImageDeps,
} from './infer.ts';
import type { CreateNodes, InferredNodes, Target } from './nx-types.ts';
import { declaresBuild, readOutline } from './outline.ts';

/** The plugin's name, which Nx reads. */
export const name = '@tozo/nx/plugin';

/**
 * Adds a target `deploy` to every project with a `deploy.json`, with a configuration for each of its environments, a target
 * `image-deps`, which runs before it if the Dockerfile copies its output, a target `image` if the Dockerfile has RUN, and the
 * continuous target `sandbox`.
 * A project with an `infrastructure.mts` gets the targets `synth`, `validate`, `plan`, `apply` and `drift`.
 */
export const createNodes: CreateNodes = [
  // Nx 22 refuses alternatives within alternatives.
  `**/{${['deploy.json', ...infrastructurePrograms].join(',')}}`,
  (configFiles, _options, { workspaceRoot }) => configFiles.map((file) => [file, inferProject(workspaceRoot, file)]),
];

/** The name that Nx 22 reads. */
export const createNodesV2 = createNodes;

/** Ignores a file outside a project, such as in a test's fixtures. */
function inferProject(workspaceRoot: string, file: string): InferredNodes {
  const root = dirname(file);
  const isProject = ['package.json', 'project.json'].some((manifest) =>
    existsSync(join(workspaceRoot, root, manifest)),
  );
  if (!isProject) return {};
  const targets = isInfrastructureProgram(basename(file))
    ? inferInfrastructureTargets()
    : inferDeployTargets(workspaceRoot, root);
  return { projects: { [root]: { root, targets } } };
}

function inferDeployTargets(workspaceRoot: string, root: string): Readonly<Record<string, Target>> {
  const directory = join(workspaceRoot, root);
  const { environments, sources, dockerfile } = readOutline(join(directory, 'deploy.json'));
  const outside = sources.flatMap((path) => outsidePattern(workspaceRoot, root, path));
  const text = readDockerfile(directory, dockerfile);
  const needsImageDeps = usesImageDeps(text);
  const { hasRun, namesDigests } = outlineDockerfile(text);
  const isPinned = namesDigests || existsSync(join(directory, `${dockerfile}.lock`));
  return {
    deploy: inferDeployTarget(environments, needsImageDeps, outside),
    'image-deps': inferImageDepsTarget(declaresBuild(directory)),
    ...(hasRun ? { image: inferImageTarget(isPinned, needsImageDeps, outside) } : {}),
    sandbox: inferSandboxTarget(),
  };
}

/** Returns the pattern of a file or directory outside the project, or none if it's inside, or outside the workspace. */
function outsidePattern(workspaceRoot: string, root: string, source: string): string[] {
  const path = posix.join(root.replaceAll('\\', '/'), source);
  const isInside = path === root || path.startsWith(`${root}/`) || root === '.';
  if (isInside || /^\.\.(\/|$)/.test(path) || posix.isAbsolute(source)) return [];
  const isDirectory = statSync(join(workspaceRoot, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return [isDirectory ? posix.join(path, '**/*') : path];
}

/** A deploy says what is wrong with a Dockerfile that can't be read. */
function readDockerfile(directory: string, dockerfile: string): string {
  try {
    return readFileSync(join(directory, dockerfile), 'utf8');
  } catch {
    return '';
  }
}
