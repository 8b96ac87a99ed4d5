import type { TargetConfiguration } from '@nx/devkit';

/**
 * The target that a project with a deploy.json gets. It calls the command `tozo deploy` in the project's folder: no
 * executor, so that the same thing runs with and without Nx. It is never cached, because what it changes is elsewhere.
 */
export function inferDeployTarget(): TargetConfiguration {
  return {
    command: 'tozo deploy',
    options: { cwd: '{projectRoot}' },
    dependsOn: ['build'],
    cache: false,
    metadata: {
      description: 'Build the image, push it, release it on Heroku and wait until it answers',
      technologies: ['heroku'],
      help: {
        command: 'npx tozo deploy --help',
        example: { options: { sandbox: true } },
      },
    },
  };
}
