import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

export function addInit(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('init')
    .description('Write what a deploy needs: deploy.json, a Dockerfile, the GitLab pipeline. Overwrites nothing.')
    .option('--yes', 'write without asking')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--from <files...>', 'take over .gitlab-ci.yml, heroku.yml, Procfile, app.json or *.tf')
    .option('--infrastructure', 'write infrastructure.mts too, which creates the app and its CI/CD variables')
    .option('--no-pipeline', 'write no GitLab pipeline')
    .addHelpText(
      'after',
      `
It finds out which package manager and which framework the app uses, shows what it would write, and asks once.
With --from it lists, line by line, what became what, and what it could not take over.

Exit codes:
  0    written, nothing to write, or a dry run
  1    not written: declined
  2    it can't be told how to deploy this, or a file can't be written; nothing was written`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { initCommand } = await import('./commands/init.ts');
      setExitCode(await initCommand(options, context));
    });
}
