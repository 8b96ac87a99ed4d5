import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SandboxOptions } from './commands/sandbox.ts';
import type { JournalOptions } from './commands/sandbox-journal.ts';
import type { Surroundings } from './surroundings.ts';

/** `tozo sandbox …`. */
export function addSandbox(program: Command, surroundings: Surroundings, ended: (exitCode: number) => void): void {
  const sandbox = program
    .command('sandbox')
    .description('The Heroku on this machine that deploys go to without a key.');
  addLife(sandbox, surroundings, ended);
  addJournal(sandbox, surroundings);
  addFaults(sandbox, surroundings);
}

function addLife(sandbox: Command, surroundings: Surroundings, ended: (exitCode: number) => void): void {
  const actions = {
    start: 'start it, or say that it runs',
    stop: 'stop it; what was deployed is kept (exit code 1 when a fault was set that has not fired)',
    status: 'say what runs where, and which faults are set',
    reset: 'forget everything that was deployed; faults stay set',
  } as const;
  for (const [name, description] of Object.entries(actions)) {
    const command = sandbox
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (options: SandboxOptions) => {
        const { sandboxCommand } = await import('./commands/sandbox.ts');
        ended(await sandboxCommand(name as keyof typeof actions, options, surroundings));
      });
    if (name === 'start') command.addOption(dynosOption()).addOption(tlsOption());
  }
}

/** What dynos shall be. */
export function dynosOption(): Option {
  const description = 'dynos as processes, or as containers of the Docker Engine on this machine';
  return new Option('--dynos <kind>', description).choices(['process', 'docker']);
}

function tlsOption(): Option {
  const description = 'serve api.heroku.com, registry.heroku.com and gitlab.com by TLS too, at this port or at any';
  return new Option('--tls [port]', description).argParser((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.');
    return port;
  });
}

function addJournal(sandbox: Command, surroundings: Surroundings): void {
  sandbox
    .command('journal')
    .description('show what was asked of the sandbox since it was started, without secrets')
    .addOption(new Option('--service <name>', 'of one service').choices(['heroku', 'registry', 'hub', 'gitlab']))
    .option('--method <name>', 'of one method')
    .option('--path <expression>', 'whose path, without its query, matches a regular expression somewhere')
    .addOption(new Option('--follow', 'go on with what comes, until the sandbox ends').conflicts('har'))
    .addOption(new Option('--json', 'print one JSON object a line').conflicts('har'))
    .option('--har <file>', 'write an HTTP Archive 1.2, readable by its owner only; - for stdout')
    .action(async (options: JournalOptions) => {
      const { journalCommand } = await import('./commands/sandbox-journal.ts');
      await journalCommand(options, surroundings);
    });
}

function addFaults(sandbox: Command, surroundings: Surroundings): void {
  const fault = sandbox.command('fault').description('What shall go wrong.');
  const json = ['--json', 'print JSON'] as const;
  fault
    .command('list')
    .description('say which faults are set, and how often each has fired')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      await (await import('./commands/sandbox-fault.ts')).listFaults(options, surroundings);
    });
  fault
    .command('presets')
    .description('say which faults can be added by name')
    .option(...json)
    .action(async (options: { json?: boolean }) => {
      (await import('./commands/sandbox-fault.ts')).listPresets(options, surroundings);
    });
  fault
    .command('add')
    .description('set a fault')
    .argument('<fault>', 'its JSON, - for JSON on stdin, or the name of a preset')
    .option(...json)
    .addHelpText(
      'after',
      `
Example: tozo sandbox fault add '{ "on": { "service": "registry", "method": "PUT", "nth": 2 },
                                   "effect": { "kind": "reset-request", "afterBytes": 1000 } }'
The kinds and their fields are in the README of @tozo/sandbox; tozo sandbox fault presets lists the names.`,
    )
    .action(async (text: string, options: { json?: boolean }) => {
      await (await import('./commands/sandbox-fault.ts')).addFault(text, options, surroundings);
    });
  fault
    .command('clear')
    .description('remove all faults, or those with these numbers')
    .argument('[number...]', 'as fault list shows them')
    .option(...json)
    .action(async (numbers: string[], options: { json?: boolean }) => {
      await (await import('./commands/sandbox-fault.ts')).clearFaults(numbers, options, surroundings);
    });
}
