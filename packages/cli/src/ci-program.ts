import { type Command, Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { ChangesOptions } from './commands/ci.ts';
import type { AffectedOptions } from './commands/ci-affected.ts';
import type { CiDeployOptions } from './commands/ci-deploy.ts';
import type { PipelineCommandOptions } from './commands/ci-pipeline.ts';
import type { CiVariablesOptions } from './commands/ci-variables.ts';
import { formatOption } from './format-option.ts';

/** Adds `tozo ci`: the commands for pipelines of GitLab. */
export function addCi(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  const ci = program.command('ci').description('Commands for GitLab CI/CD jobs.');
  ci.command('affected')
    .description(
      'Run Nx targets for what is affected, check the deploy jobs, and write what these jobs read: all of lint-test.',
    )
    .argument('<targets...>', 'the Nx targets, such as lint test build, and options of nx affected')
    .allowUnknownOption()
    .requiredOption('--out <directory>', 'where changes.json and affected.txt are written')
    .action(async (targets: string[], options: AffectedOptions) => {
      const { affectedCommand } = await import('./commands/ci-affected.ts');
      setExitCode(await affectedCommand(targets, options, context));
    });
  ci.command('base')
    .description(
      'Print the base commit for nx affected (and the reason on stderr): the oldest that may be live anywhere.',
    )
    .action(async () => {
      const { baseCommand } = await import('./commands/ci.ts');
      await baseCommand(context);
    });
  ci.command('changes')
    .description('Write which commit changed each app last, and a digest of its sources, for the deploy jobs.')
    .requiredOption('--out <file>', 'the file to write')
    .action(async (options: ChangesOptions) => {
      const { changesCommand } = await import('./commands/ci.ts');
      await changesCommand(options, context);
    });
  addCiDeploy(ci, context, setExitCode);
  addCiVariables(ci, context, setExitCode);
  ci.command('pipeline')
    .description('Write the deploy jobs of all apps into a file of the repository, to be committed.')
    .option('--check', 'write nothing, and fail if the file is stale')
    .option('--out <file>', 'the file to write (default: .gitlab/deploy.yml)')
    .option('--single', 'one job for all apps of an environment')
    .option('--no-single', 'one job for each app')
    .option('--tool-job <name>', 'the job that builds the tool, if no lock file pins it')
    .addHelpText(
      'after',
      '\nThe first line of the file keeps --single and --tool-job: the command needs them only once.',
    )
    .action(async (options: PipelineCommandOptions) => {
      const { pipelineCommand } = await import('./commands/ci-pipeline.ts');
      setExitCode(await pipelineCommand(options, context));
    });
}

function addCiDeploy(ci: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  ci.command('deploy')
    .description("Deploy the app in this directory, unless its GitLab environment already runs this commit's version.")
    .option('--environment <name>', 'the environment of deploy.json to deploy to')
    .option('--changes <file>', 'the file that tozo ci changes wrote (default: deploy in doubt)')
    .addOption(new Option('--with <runner>', 'what runs the deploy').choices(['tozo', 'nx']).default('tozo'))
    .option('--sandbox', 'deploy to the sandbox on this machine, regardless of HEROKU_API_KEY')
    .addOption(formatOption())
    .option('--report <file>', 'write the result as one JSON document to a file')
    .option('--dotenv <file>', "write the app's URL as TOZO_ENVIRONMENT_URL, for artifacts:reports:dotenv")
    .addHelpText(
      'after',
      `
Run it in a job with "environment" and "resource_group": it reads the environment's deployments from GitLab, and decides
while no other job of the app runs.

Exit codes:
  0   live, nothing to do, or another version runs because it was put back on purpose
  3   unhealthy and rolled back, or so before, and the app hasn't changed since
  75  outdated: a newer commit was decided for. Use allow_failure: exit_codes: 75
  others as for tozo deploy`,
    )
    .action(async (options: CiDeployOptions) => {
      const { ciDeployCommand } = await import('./commands/ci-deploy.ts');
      setExitCode(await ciDeployCommand(options, context));
    });
}

function addCiVariables(ci: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  const variables = ci
    .command('variables')
    .description("The project's GitLab CI/CD variables, as deploy.json's ciVariables declares them.")
    .addHelpText(
      'after',
      `
Each variable is set for the scope NAME/*, once per environment of deploy.json, or for production/*.

Exit codes:
  0  everything matches
  1  it doesn't
  2  invalid usage or configuration; nothing was requested
  3  GitLab unreachable, or the request was refused

Environment:
  GITLAB_TOKEN  a token with the role Maintainer and the scope api, or a fine-grained one with the permission Variable
  CI_PROJECT_ID, CI_SERVER_URL  the project and its GitLab; set in jobs`,
    );
  for (const [action, description] of Object.entries(ciVariableActions)) {
    const command = variables
      .command(action)
      .description(description)
      .option('--environment <name>', 'only the variables of this environment of deploy.json')
      .option('--project <id>', 'the project: its ID or path (default: $CI_PROJECT_ID)')
      .option('--host <url>', 'the GitLab instance (default: $CI_SERVER_URL, or https://gitlab.com)')
      .option('--json', 'print the result as one JSON document');
    if (action !== 'check') {
      command
        .option('--overwrite-hidden', "rewrite hidden variables, whose values can't be compared")
        .option('--allow-weaker', 'let deploy.json take a protection away');
    }
    command.action(async (options: CiVariablesOptions) => {
      const { ciVariablesCommand } = await import('./commands/ci-variables.ts');
      setExitCode(await ciVariablesCommand(action as keyof typeof ciVariableActions, options, context));
    });
  }
}

const ciVariableActions = {
  plan: 'Show what sync would change, by name. Values come from the environment.',
  sync: 'Create and update the variables.',
  check: 'Report variables that differ, or that other scopes expose.',
};
