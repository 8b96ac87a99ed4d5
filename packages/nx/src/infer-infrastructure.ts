import type { Target } from './nx-types.ts';

/** What `tozo infrastructure synth` writes, relative to the project. The directory also has Terraform's own files. */
const synthesizedFile = 'out/infrastructure/cdk.tf.json';

/** The names of files that describe a project's infrastructure. */
export const infrastructurePrograms = ['ts', 'mts', 'js', 'mjs'].map((extension) => `infrastructure.${extension}`);

/** Returns whether a file describes a project's infrastructure. */
export function isInfrastructureProgram(file: string): boolean {
  return infrastructurePrograms.includes(file);
}

/**
 * Returns the targets of a project with an infrastructure.mts. None is cached: the program may read any file and any
 * variable, and the others depend on Heroku, GitLab and the state. They run the program themselves, so they never see an old file.
 * Where a project caches `synth` by inputs of its own, the output is one file, never the directory: restoring that would delete a
 * local state.
 * Nx turns the exit code of `drift` into 1: a scheduled job runs `tozo infrastructure drift` itself.
 */
export function inferInfrastructureTargets(): Readonly<Record<string, Target>> {
  return {
    synth: {
      ...commandTarget('synth', `Write ${synthesizedFile}, which Terraform reads`),
      outputs: [`{projectRoot}/${synthesizedFile}`],
    },
    validate: commandTarget('validate', "Check the infrastructure against the providers' schemas"),
    plan: commandTarget('plan', 'Show what an apply would change at Heroku and GitLab'),
    apply: commandTarget('apply', 'Show the plan, ask, and change Heroku and GitLab'),
    drift: commandTarget('drift', 'Compare what is declared with what exists at Heroku and GitLab'),
  };
}

function commandTarget(name: string, description: string): Target {
  return {
    command: `tozo infrastructure ${name}`,
    options: { cwd: '{projectRoot}' },
    dependsOn: ['^build'],
    cache: false,
    metadata: {
      description,
      technologies: ['terraform'],
      help: {
        command: `npx tozo infrastructure ${name} --help`,
        example: { options: name === 'apply' ? { yes: true } : {} },
      },
    },
  };
}
