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
 */
export function inferImageDepsTarget(): Target {
  return {
    command: 'tozo image-deps',
    options: { cwd: '{projectRoot}' },
    dependsOn: ['build', '^build'],
    cache: true,
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
