import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { formatOption } from './format-option.ts';

type SetExitCode = (exitCode: number) => void;

/** Adds the commands about an app that was deployed before. */
export function addAppCommands(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  addStatus(program, context, setExitCode);
  addRollback(program, context, setExitCode);
  addDoctor(program, context, setExitCode);
}

function addStatus(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  withApp(program.command('status'))
    .description('Show what runs, whether it is healthy, and where it differs from deploy.json. Changes nothing.')
    .option('--history', 'show all releases too: what each was, and which ones tozo rollback can go back to')
    .option('--json', 'print it as one JSON document')
    .addHelpText(
      'after',
      `
Exit codes:
  0    healthy, starting, or nothing is set to run
  1    the app can't be read
  2    invalid usage or configuration
  4    unhealthy`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { statusCommand } = await import('./commands/status.ts');
      setExitCode(await statusCommand(options, context));
    });
}

function addRollback(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  withApp(program.command('rollback'))
    .description('Go back to an earlier release, config vars included, and wait until it responds.')
    .argument('[release]', 'such as v41; default: the newest verified one that ran before with other images')
    .option('--keep-config', "release that release's images instead, and keep all config vars")
    .option('--yes', 'skip the confirmation before changing an app on Heroku')
    .addOption(formatOption())
    .option('--json', 'print the result as one JSON document on stdout, and what happens on stderr')
    .option('--report <file>', 'write the same JSON document to a file')
    .addHelpText(
      'after',
      `
Exit codes:
  0    the earlier version runs, and was verified as far as there's anything to verify
  1    refused or failed; what ran before is still running
  2    invalid usage or configuration; nothing was changed
  4    the earlier version is unhealthy, or it's unknown what runs
  5    superseded by someone else's release
  129  canceled by SIGHUP
  130  canceled by SIGINT (Ctrl-C)
  143  canceled by SIGTERM`,
    )
    .action(async (release: string | undefined, options: Record<string, unknown>) => {
      const { rollbackCommand } = await import('./commands/rollback.ts');
      setExitCode(await rollbackCommand(release, options, context));
    });
}

function addDoctor(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  withApp(program.command('doctor'))
    .description('Check everything that a deploy needs, and show how to fix what is missing. Changes nothing.')
    .option('--json', 'print it as one JSON document')
    .addHelpText('after', '\nExit codes:\n  0    all well\n  1    something must be fixed')
    .action(async (options: Record<string, unknown>) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      setExitCode(await doctorCommand(options, context));
    });
}

function withApp(command: Command): Command {
  return command
    .option('--environment <name>', 'the environment of deploy.json')
    .option('--sandbox', 'the app in the sandbox on this machine, regardless of HEROKU_API_KEY');
}
