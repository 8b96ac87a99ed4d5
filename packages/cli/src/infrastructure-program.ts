import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

type SetExitCode = (exitCode: number) => void;

/** Adds `tozo infrastructure`: the Heroku app and the GitLab project, as infrastructure.mts declares them, by Terraform. */
export function addInfrastructure(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  const infrastructure = program
    .command('infrastructure')
    .description('The Heroku app and the GitLab project, as infrastructure.mts declares them, through Terraform.')
    .addHelpText('after', help);
  const add = (name: string, description: string): Command =>
    infrastructure
      .command(name)
      .description(description)
      .option('--no-synth', 'use out/infrastructure/cdk.tf.json as it is, instead of running infrastructure.mts')
      .action(async (options: Record<string, unknown>) => {
        const { infrastructureCommand } = await import('./commands/infrastructure.ts');
        setExitCode(await infrastructureCommand(name, options, context));
      });
  infrastructure
    .command('synth')
    .description('Run infrastructure.mts, which writes out/infrastructure/cdk.tf.json. It gets no secrets.')
    .action(async () => {
      const { infrastructureCommand } = await import('./commands/infrastructure.ts');
      setExitCode(await infrastructureCommand('synth', {}, context));
    });
  add('validate', "Check the file against the providers' schemas. Needs no state and no tokens.");
  renaming(add('plan', 'Show what an apply would change. Changes nothing.'));
  renaming(add('apply', 'Show the plan, ask, and carry out exactly that plan.'))
    .option('--yes', 'skip the confirmation, as a manual job in CI does')
    .option('--allow-destroy <address>', 'destroy this app, project or add-on if the plan does; repeatable', collect);
  renaming(add('drift', 'Compare what is declared with what exists. Changes nothing.')).option(
    '--json',
    'print it as one JSON document',
  );
  add('import', 'Find what exists already, and write import blocks: the next apply takes it over.').option(
    '--project <path>',
    "the GitLab project's path or ID, if its name and namespace don't tell",
  );
}

function renaming(command: Command): Command {
  return command.option(
    '--rename <address>',
    'the app or project at this address in the state is declared under a new name; repeatable',
    collect,
  );
}

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

const help = `
Exit codes:
  0    done, or nothing differs
  1    failed: Terraform's output says why
  2    invalid usage or configuration; Terraform wasn't started
  6    drift: what exists differs from what is declared (drift only)

Environment:
  HEROKU_API_KEY, GITLAB_TOKEN   the tokens of the two providers
  TF_VAR_heroku_api_key          the key that the pipeline's deploys use
  TF_HTTP_*                      the state in GitLab, all seven: the error for missing ones lists them
  TERRAFORM                      the program; default terraform, or for example tofu`;
