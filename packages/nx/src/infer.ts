import type { TargetConfiguration } from '@nx/devkit';

/**
 * Returns the target of a project with a deploy.json. It runs `tozo deploy` in the project's directory, as one would without
 * Nx, instead of an executor. It's never cached, because it changes things outside the workspace.
 */
export function inferDeployTarget(): TargetConfiguration {
  return {
    command: 'tozo deploy',
    options: { cwd: '{projectRoot}' },
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
