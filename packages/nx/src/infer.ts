import type { Target } from './nx-types.ts';

/** Where `tozo image-deps` writes, relative to the project. */
const imageDepsOutput = 'out/image';

/** Returns whether a Dockerfile copies what the target `image-deps` writes. */
export function usesImageDeps(dockerfile: string): boolean {
  return /^\s*COPY\s.*\bout\/image\b/im.test(dockerfile);
}

/**
 * Returns the target that writes a project's production dependencies for its image. Its result depends on the lock file, the
 * package managers' settings, and what the builds of the project and its dependencies write.
 * @param isBuilt whether the project declares how it's built. Nx doesn't see changes of ignored files, such as those in dist,
 * that no target writes: then the target isn't cached.
 */
export function inferImageDepsTarget(isBuilt = true): Target {
  return {
    command: 'tozo image-deps',
    options: { cwd: '{projectRoot}' },
    dependsOn: ['build', '^build'],
    cache: isBuilt,
    inputs: [
      'default',
      `!{projectRoot}/${imageDepsOutput}/**/*`,
      '^default',
      { dependentTasksOutputFiles: '**/*', transitive: true },
      ...workspaceFiles.map((file) => `{workspaceRoot}/${file}`),
    ],
    outputs: [`{projectRoot}/${imageDepsOutput}`],
    metadata: {
      description: "Write the production dependencies for the project's image, without running a container",
      technologies: ['heroku'],
      help: { command: 'npx tozo image-deps --help', example: { options: { libc: 'musl' } } },
    },
  };
}

/** Where `tozo image` writes, relative to the project. */
const handoverOutput = '.tozo/image';

/** What a Dockerfile says about its build, as far as targets depend on it. */
export interface DockerfileOutline {
  /** Whether a build executes something. */
  readonly hasRun: boolean;
  /** Whether every base is named by a digest. A lock file pins the others. */
  readonly namesDigests: boolean;
}

/** Reads only the first word of each line. A heredoc can look like an instruction, which costs nothing but a target. */
export function outlineDockerfile(dockerfile: string): DockerfileOutline {
  const bases = dockerfile.match(/^\s*FROM\s.*/gim) ?? [];
  const stages = new Set(bases.flatMap((line) => /\sAS\s+(\S+)/i.exec(line)?.[1]?.toLowerCase() ?? []));
  return {
    hasRun: /^\s*(?:ONBUILD\s+)?RUN\s/im.test(dockerfile),
    namesDigests: bases.every((line) => {
      const [image = ''] = line.replace(/^\s*FROM\s+(?:--\S+\s+)*/i, '').split(/\s/);
      return image.includes('@sha256:') || image.toLowerCase() === 'scratch' || stages.has(image.toLowerCase());
    }),
  };
}

/**
 * Returns the target that builds a project's image in a job without the API key, and hands it over by its digest. It's only
 * cached if the bases are pinned: otherwise a tag can have moved since.
 * @param needsImageDeps whether the target `image-deps` runs first
 * @param outside what the image is built from outside the project, relative to the workspace: files, or patterns
 */
export function inferImageTarget(isPinned: boolean, needsImageDeps: boolean, outside: readonly string[] = []): Target {
  return {
    command: 'tozo image',
    options: { cwd: '{projectRoot}' },
    dependsOn: needsImageDeps ? ['build', 'image-deps'] : ['build'],
    cache: isPinned,
    inputs: [
      'default',
      `!{projectRoot}/.tozo/**/*`,
      '^default',
      { dependentTasksOutputFiles: '**/*', transitive: true },
      ...outside.map((path) => `{workspaceRoot}/${path}`),
    ],
    outputs: [`{projectRoot}/${handoverOutput}`],
    metadata: {
      description: isPinned
        ? 'Build the image, and hand it over to the job that deploys it'
        : 'Build the image, and hand it over to the job that deploys it. Not cached: pin the base with tozo deploy --pin',
      technologies: ['heroku'],
      help: { command: 'npx tozo image --help', example: { options: { 'run-max-age': '7d' } } },
    },
  };
}

/**
 * Returns the target that runs the sandbox next to the targets that depend on it, such as an end-to-end test, and prints what
 * it's asked. Nx ends it with them, unless it was running before. Commands of tozo wait until it's ready.
 */
export function inferSandboxTarget(): Target {
  return {
    command: 'tozo sandbox start --follow',
    options: { cwd: '{projectRoot}' },
    cache: false,
    continuous: true,
    metadata: {
      description: 'Run the local Heroku, registry and GitLab that deploys use without HEROKU_API_KEY',
      technologies: ['heroku'],
      help: { command: 'npx tozo sandbox --help', example: { options: { dynos: 'docker' } } },
    },
  };
}

/** What an install reads next to the lock file. */
const workspaceFiles = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'yarn.lock',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pnpmfile.cjs',
  'patches/**/*',
  '.yarn/patches/**/*',
];

/**
 * Returns the target of a project with a deploy.json. It runs `tozo deploy` in the project's directory, as one would without
 * Nx, instead of an executor. It's never cached, because it changes things outside the workspace.
 * @param environments each becomes a configuration: `nx run shop:deploy:production`
 * @param needsImageDeps whether the target `image-deps` runs first
 * @param outside what the image is built from outside the project, relative to the workspace: files, or patterns
 */
export function inferDeployTarget(
  environments: readonly string[] = [],
  needsImageDeps = false,
  outside: readonly string[] = [],
): Target {
  const configurations = environments.map((name) => [name, { args: `--environment ${name}` }] as const);
  return {
    command: 'tozo deploy',
    options: { cwd: '{projectRoot}' },
    ...(environments.length > 0 ? { configurations: Object.fromEntries(configurations) } : {}),
    dependsOn: needsImageDeps ? ['build', 'image-deps'] : ['build'],
    cache: false,
    // By these, Nx 24 tells which deploys a commit affects. Earlier versions select whole projects.
    inputs: ['default', '^default', ...outside.map((path) => `{workspaceRoot}/${path}`)],
    metadata: {
      description: 'Build the image, push it, release it on Heroku and wait until the new version responds',
      technologies: ['heroku'],
      help: {
        command: 'npx tozo deploy --help',
        example: { options: { sandbox: true } },
      },
    },
  };
}
