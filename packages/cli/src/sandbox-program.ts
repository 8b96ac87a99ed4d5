import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SandboxOptions } from './commands/sandbox.ts';
import type { JournalOptions } from './commands/sandbox-journal.ts';
import type { CommandContext } from './command-context.ts';
import { withUsageErrors } from './usage-error.ts';

/** Adds `tozo sandbox …`. */
export function addSandbox(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  const sandbox = program
    .command('sandbox')
    .description('Manage the local Heroku that deploys use without HEROKU_API_KEY.');
  addLifecycle(sandbox, context, setExitCode);
  addJournal(sandbox, context);
  addTime(sandbox, context);
  addFidelity(sandbox, context);
  addFaults(sandbox, context);
}

function addLifecycle(sandbox: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  const actions = {
    start: "Start the sandbox unless it's already running.",
    stop: "Stop the sandbox, but keep the deployed apps (exit code 1 if a fault didn't fire).",
    status: 'Show apps, addresses and faults.',
    reset: 'Delete all deployed apps. Faults stay set.',
  } as const;
  for (const [name, description] of Object.entries(actions)) {
    const command = sandbox
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (options: SandboxOptions) => {
        const { sandboxCommand } = await import('./commands/sandbox.ts');
        const run = () => sandboxCommand(name as keyof typeof actions, options, context);
        setExitCode(await withSandboxErrors(run));
        if (options.follow !== true) return;
        const { journalCommand } = await import('./commands/sandbox-journal.ts');
        await withSandboxErrors(() => journalCommand({ follow: true, json: options.json ?? false }, context));
      });
    if (name === 'start')
      command
        .addOption(dynosOption())
        .addOption(tlsOption())
        .option('--follow', 'print the requests that it receives, until it stops');
  }
}

/** Returns the `--dynos` option. */
export function dynosOption(): Option {
  const description = 'run dynos as processes, or as containers in the local Docker Engine';
  return new Option('--dynos <kind>', description).choices(['process', 'docker']);
}

function tlsOption(): Option {
  const description =
    'also serve api.heroku.com, registry.heroku.com and gitlab.com over TLS, on this port or any free one';
  return new Option('--tls [port]', description).argParser((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Use a port from 0 to 65535.');
    return port;
  });
}

function addJournal(sandbox: Command, context: CommandContext): void {
  sandbox
    .command('journal')
    .description('Show the requests received, with secrets redacted.')
    .addOption(new Option('--service <name>', 'only this service').choices(['heroku', 'registry', 'hub', 'gitlab']))
    .option('--method <name>', 'only this method')
    .option('--path <expression>', 'only paths that match this regular expression (without the query)')
    .addOption(new Option('--follow', 'keep printing until the sandbox stops').conflicts('har'))
    .addOption(new Option('--json', 'print JSON, one object per line').conflicts('har'))
    .option('--har <file>', 'write an HTTP Archive 1.2 that only its owner can read; - for stdout')
    .action(async (options: JournalOptions) => {
      const { journalCommand } = await import('./commands/sandbox-journal.ts');
      await withSandboxErrors(() => journalCommand(options, context));
    });
}

function addTime(sandbox: Command, context: CommandContext): void {
  sandbox
    .command('time')
    .description("Show the sandbox's time, or move it forward: timeouts, limits and lifetimes end as on the platforms.")
    .allowUnknownOption()
    .argument('[move]', 'a duration, such as +30m or +31d, or a time, such as 2027-01-31T12:00:00Z')
    .option('--json', 'print JSON')
    .action(async (move: string | undefined, options: { json?: boolean }) => {
      const { timeCommand } = await import('./commands/sandbox-time.ts');
      await withSandboxErrors(() => timeCommand(move, options, context));
    });
}

function addFidelity(sandbox: Command, context: CommandContext): void {
  sandbox
    .command('explain')
    .description('Show what a behavior of the sandbox rests on.')
    .argument('[id]', 'the ID of a behavior, or its beginning: heroku.releases; default: list all IDs')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, options: { json?: boolean }) => {
      (await import('./commands/sandbox-fidelity.ts')).explainCommand(id, options, context);
    });
  sandbox
    .command('check')
    .description('List the requests in the journal whose responses rested on assumptions.')
    .argument('[file]', 'what tozo sandbox journal --json printed; by default, the journal of the running sandbox')
    .option('--json', 'print JSON')
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { checkCommand } = await import('./commands/sandbox-fidelity.ts');
      await withSandboxErrors(() => checkCommand(file, options, context));
    });
}

function addFaults(sandbox: Command, context: CommandContext): void {
  const fault = sandbox.command('fault').description('Inject faults into the sandbox.');
  const json = ['--json', 'print JSON'] as const;
  fault
    .command('list')
    .description('List the faults and how often each has fired.')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      const { listFaults } = await import('./commands/sandbox-fault.ts');
      await withSandboxErrors(() => listFaults(options, context));
    });
  fault
    .command('presets')
    .description('List the faults that have a name.')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      (await import('./commands/sandbox-fault.ts')).listPresets(options, context);
    });
  fault
    .command('add')
    .description('Add a fault.')
    .argument('<fault>', 'JSON, - for JSON on stdin, or the name of a preset')
    .option(...json)
    .addHelpText(
      'after',
      `
Example: tozo sandbox fault add '{ "on": { "service": "registry", "method": "PUT", "nth": 2 },
                                   "effect": { "kind": "reset-request", "afterBytes": 1000 } }'
The README of @tozo/sandbox documents the kinds and their fields; tozo sandbox fault presets lists the names.`,
    )
    .action(async (text: string, options: { json?: boolean }) => {
      const { addFault } = await import('./commands/sandbox-fault.ts');
      await withSandboxErrors(() => addFault(text, options, context));
    });
  fault
    .command('clear')
    .description('Remove all faults, or only the given ones.')
    .argument('[number...]', 'fault numbers, as shown by fault list')
    .option(...json)
    .action(async (numbers: string[], options: { json?: boolean }) => {
      const { clearFaults } = await import('./commands/sandbox-fault.ts');
      await withSandboxErrors(() => clearFaults(numbers, options, context));
    });
}

/** Runs a command of the sandbox, whose errors are all about its options and its state. */
async function withSandboxErrors<T>(run: () => Promise<T>): Promise<T> {
  const { SandboxError } = await import('@tozo/sandbox/connect');
  return withUsageErrors(SandboxError, run);
}
