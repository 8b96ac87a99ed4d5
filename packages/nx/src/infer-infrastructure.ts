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
 * Returns the targets of a project with an infrastructure.mts. `synth` is cached by the file that it writes, never by the
 * directory: restoring that would delete a local state. The others depend on Heroku, GitLab and the state, so they aren't cached.
 * Nx turns the exit code of `drift` into 1: a scheduled job runs `tozo infrastructure drift` itself.
 */
export function inferInfrastructureTargets(): Readonly<Record<string, Target>> {
  return {
    synth: {
      command: 'tozo infrastructure synth',
      options: { cwd: '{projectRoot}' },
      dependsOn: ['^build'],
      cache: true,
      inputs: ['default', '!{projectRoot}/out/**/*', '^default', '{workspaceRoot}/package.json', ...lockFiles],
      outputs: [`{projectRoot}/${synthesizedFile}`],
      metadata: metadataOf('synth', `Write ${synthesizedFile}, which Terraform reads`),
    },
    validate: afterSynth('validate', "Check the infrastructure against the providers' schemas"),
    plan: afterSynth('plan', 'Show what an apply would change at Heroku and GitLab'),
    apply: afterSynth('apply', 'Show the plan, ask, and change Heroku and GitLab'),
    drift: afterSynth('drift', 'Compare what is declared with what exists at Heroku and GitLab'),
  };
}

const lockFiles = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'].map(
  (file) => `{workspaceRoot}/${file}`,
);

function afterSynth(name: string, description: string): Target {
  return {
    command: `tozo infrastructure ${name} --no-synth`,
    options: { cwd: '{projectRoot}' },
    dependsOn: ['synth'],
    cache: false,
    metadata: metadataOf(name, description),
  };
}

function metadataOf(name: string, description: string): Target['metadata'] {
  const example = { options: name === 'apply' ? { yes: true } : {} };
  return {
    description,
    technologies: ['terraform'],
    help: { command: `npx tozo infrastructure ${name} --help`, example },
  };
}
