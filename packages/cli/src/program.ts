import { createRequire } from 'node:module';
import { Command, Option } from 'commander';
import { addSandbox, dynosOption } from './sandbox-program.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The command line of `tozo`. What a command needs is imported when it runs, so that the others start without it.
 * @param ended is told the exit code of a command that has one of its own
 */
export function createProgram(surroundings: Surroundings, ended: (exitCode: number) => void): Command {
  const program = new Command('tozo')
    .description('Continuous deployment of container apps to Heroku.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .showHelpAfterError('(tozo --help tells more)');
  addDeploy(program, surroundings, ended);
  addSandbox(program, surroundings, ended);
  addCi(program, surroundings);
  return program;
}

function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}

function addDeploy(program: Command, surroundings: Surroundings, ended: (exitCode: number) => void): void {
  program
    .command('deploy')
    .description('Build the image, push it, release it and wait until the new version answers.')
    .option('--sandbox', 'deploy to the sandbox on this machine, whatever the environment says')
    .addOption(dynosOption().implies({ sandbox: true }))
    .option('--dry-run', 'show the plan and change nothing')
    .addOption(new Option('--builder <name>', 'who builds the image').choices(['auto', 'direct', 'docker']))
    .option('--pin', 'write the digest of the base image into Dockerfile.lock, which later builds obey')
    .option('--verify-reuse', 'prove every layer that is used again from the last deploy')
    .option('--yes', 'do not ask before deploying to Heroku')
    .option('--json', 'print events as one JSON object a line')
    .option('--report <file>', 'write the result to a file as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 live or unchanged, 1 failed or cancelled (what ran before still runs), 2 wrong call or configuration,
3 not healthy and rolled back, 4 not healthy and not rolled back, 5 superseded by somebody else's release.

Environment: HEROKU_API_KEY (set: Heroku; not set: the sandbox, but not in CI), HEROKU_APP (where deploy.json names no
app), HEROKU_USERNAME (the registry's user name), TOZO_SANDBOX=1 (as --sandbox).`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { deployCommand } = await import('./commands/deploy.ts');
      ended(await deployCommand(options, surroundings));
    });
}

function addCi(program: Command, surroundings: Surroundings): void {
  const ci = program.command('ci').description('What a GitLab pipeline asks.');
  ci.command('base')
    .description('print the commit that nx affected compares with (the reason goes to stderr)')
    .option('--environment <name>', 'whose last successful deployment counts on the default branch', 'production')
    .action(async ({ environment }: { environment: string }) => {
      const { baseCommand } = await import('./commands/ci.ts');
      await baseCommand(environment, surroundings);
    });
  ci.command('digest')
    .description('print a digest of what each image is made from, for the deploy job to compare with')
    .action(async () => {
      const { digestCommand } = await import('./commands/ci.ts');
      await digestCommand(surroundings);
    });
}
