import type { TargetConfiguration } from '@nx/devkit';

/**
 * Returns the target of a project with a deploy.json. It runs `tozo deploy` in the project's directory, as one would without
 * Nx, instead of an executor. It's never cached, because it changes things outside the workspace.
 * @param environments each becomes a configuration: `nx run shop:deploy:production`
 */
export function inferDeployTarget(environments: readonly string[] = []): TargetConfiguration {
  const configurations = environments.map((name) => [name, { args: `--environment ${name}` }] as const);
  return {
    command: 'tozo deploy',
    options: { cwd: '{projectRoot}' },
    ...(environments.length > 0 ? { configurations: Object.fromEntries(configurations) } : {}),
    dependsOn: ['build'],
    cache: false,
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
