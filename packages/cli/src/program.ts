import { Command, Option } from 'commander';
import { addAppCommands } from './app-program.ts';
import { addCi } from './ci-program.ts';
import { addImageDeps } from './image-deps-program.ts';
import { addInfrastructure } from './infrastructure-program.ts';
import { addInit } from './init-program.ts';
import { formatOption } from './format-option.ts';
import { addSandbox, dynosOption } from './sandbox-program.ts';
import type { CommandContext } from './command-context.ts';
import { version } from './version.ts';

/**
 * Returns the command line of `tozo`. Each command imports what it needs when it runs, so the others start faster.
 * @param setExitCode receives the exit code of commands that return one
 */
export function createProgram(context: CommandContext, setExitCode: (exitCode: number) => void): Command {
  const program = new Command('tozo')
    .description('Continuous deployment of container apps to Heroku.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(run tozo --help for usage)');
  addInit(program, context, setExitCode);
  addDeploy(program, context, setExitCode);
  addPlan(program, context, setExitCode);
  addPromote(program, context, setExitCode);
  addAppCommands(program, context, setExitCode);
  addImage(program, context, setExitCode);
  addImageDeps(program, context, setExitCode);
  addInfrastructure(program, context, setExitCode);
  addSandbox(program, context, setExitCode);
  addCi(program, context, setExitCode);
  return program;
}

function addDeploy(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('deploy')
    .description('Build the image, push it, release it and wait until the new version responds.')
    .option('--environment <name>', 'the environment of deploy.json to deploy to')
    .option('--sandbox', 'deploy to the sandbox on this machine, regardless of HEROKU_API_KEY')
    .addOption(dynosOption().implies({ sandbox: true }))
    .option('--dry-run', 'show the plan and change nothing')
    .addOption(
      new Option(
        '--plan <file>',
        'carry out exactly a plan of tozo plan, or nothing if it no longer applies',
      ).conflicts(['builder', 'again', 'pin', 'runMaxAge', 'cache']),
    )
    .addOption(builderOption())
    .addOption(
      new Option('--image <directory>', 'deploy the image that tozo image built, instead of building').conflicts([
        'builder',
        'pin',
        'verifyReuse',
        'plan',
        'runMaxAge',
        'cache',
      ]),
    )
    .option('--pin', "pin the base image's digest in Dockerfile.lock")
    .option('--verify-reuse', 'verify every layer reused from the last deploy')
    .addOption(runMaxAgeOption())
    .addOption(noCacheOption())
    .addOption(againOption())
    .option('--yes', 'skip the confirmation before deploying to Heroku')
    .addOption(formatOption())
    .option('--json', 'print the result as one JSON document on stdout, and what happens on stderr')
    .option('--report <file>', 'write the same JSON document to a file')
    .addHelpText(
      'after',
      `
Formats:
  auto      gitlab in a job of GitLab CI/CD, terminal on a terminal, or else plain
  terminal  with the progress of the current step in a line that is overwritten
  plain     one line per step, without colors
  gitlab    with collapsible sections for the output of builds and release phases
  ndjson    events as JSON, one per line: deploy-events.schema.json describes them

Exit codes:
  0    live or unchanged
  1    failed or canceled; the previous version is still running
  2    invalid usage or configuration; nothing was started
  3    unhealthy and rolled back
  4    unhealthy and not rolled back, or unknown
  5    superseded by someone else's release
  75   refused: a newer commit is running
  129  canceled by SIGHUP
  130  canceled by SIGINT (Ctrl-C)
  143  canceled by SIGTERM

Environment:
  HEROKU_API_KEY   set: deploy to Heroku; unset: to the sandbox, except in CI
  HEROKU_APP       the app's name if deploy.json has none
  HEROKU_USERNAME  the username for Heroku's registry
  TOZO_SANDBOX=1   same as --sandbox
  NO_COLOR=1       no colors; FORCE_COLOR=1: colors everywhere but in plain`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { deployCommand } = await import('./commands/deploy.ts');
      setExitCode(await deployCommand(options, context));
    });
}

function addImage(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('image')
    .description(
      'Build the image in a job without the API key, and hand it over by its digest to the job that deploys it.',
    )
    .addOption(runMaxAgeOption())
    .addOption(noCacheOption())
    .addHelpText(
      'after',
      `
In a GitLab job, the image goes to $CI_REGISTRY_IMAGE/handover, and results of RUN to $CI_REGISTRY_IMAGE/cache, by the job's own
login. Elsewhere the image is an OCI layout in .tozo/image.

Environment:
  TOZO_CACHE_KEY   signs the results of RUN: a protected, masked variable. A protected branch takes only signed ones.`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { imageCommand } = await import('./commands/image.ts');
      setExitCode(await imageCommand(options, context));
    });
}

function addPlan(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('plan')
    .description('Show what a deploy would do. Changes nothing.')
    .option('--environment <name>', 'the environment of deploy.json to plan for')
    .option('--sandbox', 'plan for the sandbox on this machine, regardless of HEROKU_API_KEY')
    .addOption(dynosOption().implies({ sandbox: true }))
    .option('--out <file>', 'write the plan to a file, for tozo deploy --plan')
    .addOption(builderOption())
    .option('--verify-reuse', 'verify every layer reused from the last deploy')
    .addOption(runMaxAgeOption())
    .addOption(noCacheOption())
    .addOption(againOption())
    .addOption(formatOption())
    .option('--json', 'print the plan as one JSON document on stdout, and what happens on stderr')
    .option('--report <file>', 'write the same JSON document to a file')
    .action(async (options: Record<string, unknown>) => {
      const { deployCommand } = await import('./commands/deploy.ts');
      setExitCode(await deployCommand({ ...options, dryRun: true }, context));
    });
}

function addPromote(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('promote')
    .description('Release the images that one environment runs and has verified to another. Builds nothing.')
    .argument('<from>', 'the environment of deploy.json that runs the images')
    .argument('<to>', 'the environment that gets them')
    .option('--sandbox', 'promote in the sandbox on this machine, regardless of HEROKU_API_KEY')
    .addOption(dynosOption().implies({ sandbox: true }))
    .option('--dry-run', 'show the plan and change nothing')
    .option('--yes', 'skip the confirmation before releasing on Heroku')
    .addOption(formatOption())
    .option('--json', 'print the result as one JSON document on stdout, and what happens on stderr')
    .option('--report <file>', 'write the same JSON document to a file')
    .option('--dotenv <file>', "write the app's URL as TOZO_ENVIRONMENT_URL, for GitLab's artifacts:reports:dotenv")
    .addHelpText('after', '\nExit codes and environment: as for tozo deploy. HEROKU_API_KEY needs access to both apps.')
    .action(async (from: string, to: string, options: Record<string, unknown>) => {
      const { promoteCommand } = await import('./commands/promote.ts');
      setExitCode(await promoteCommand(from, to, options, context));
    });
}

function builderOption(): Option {
  return new Option('--builder <name>', 'how to build the image').choices(['auto', 'direct', 'docker']);
}

function runMaxAgeOption(): Option {
  return new Option('--run-max-age <age>', 'execute a RUN again after this time, such as 12h (default: 14d)');
}

function noCacheOption(): Option {
  return new Option('--no-cache', 'execute every RUN');
}

function againOption(): Option {
  return new Option('--again', 'release under a new image ID, which Heroku needs after a failed release phase');
}
