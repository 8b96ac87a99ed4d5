import { joinPath } from '../project/snapshot.ts';
import { readCommand } from './ci-command.ts';
import type { CiCommand } from './ci-jobs.ts';
import type { CommandFacts } from './command-facts.ts';
import { expandVariables, splitCommands } from './shell.ts';

/** A command of a job, with what it says about a deploy. */
export interface ReadCommand extends CiCommand {
  /** Undefined: nothing. */
  readonly facts: CommandFacts | undefined;
  /** Where it runs, relative to the root. */
  readonly directory: string;
}

/** Returns the text of a file of the repository, relative to its root. */
export type ReadFile = (path: string) => string | undefined;

const assignment = /^(?:export\s+)?([A-Za-z_]\w*)=(?:"([^"`]*)"|'([^']*)'|([^\s"'`;|&]*))$/;
const scriptCall =
  /^(?:(?:ba|da|z|k)?sh\s+(?:-\w+\s+)*|source\s+|\.\s+)?(?:\.\/)?([\w.-]+(?:\/[\w.-]+)*)(?:\s+[^|&<>]*)?$/;
const notFollowed = 3;

/** Reads commands in their order: variables that they set, directories that they change to, and scripts that they call. */
export function readCommands(
  commands: readonly CiCommand[],
  given: Readonly<Record<string, string>>,
  readFile: ReadFile,
): ReadCommand[] {
  const variables = { ...given };
  const assigned = new Map<string, string>();
  let directory = '';
  let remote: CommandFacts | undefined;
  return commands.flatMap((command) => read(command, 0));

  function read(command: CiCommand, depth: number): ReadCommand[] {
    const { text } = command;
    const [, name, ...values] = assignment.exec(text) ?? [];
    const value = values.find((one) => one !== undefined);
    const [, target] = /^cd\s+["']?([\w./${}-]+)["']?$/.exec(text) ?? [];
    const at = (facts: CommandFacts | undefined): ReadCommand => ({ ...command, directory, facts });
    if (name !== undefined && value !== undefined && !value.includes('$(')) {
      assign(name, expandVariables(value, variables));
      return [at({ became: 'not needed' })];
    }
    if (target !== undefined) {
      const path = expandVariables(target, variables).replace(/^\$\{?CI_PROJECT_DIR\}?/, '/');
      directory = path.startsWith('/') ? joinPath(path) : joinPath(directory, path);
      return [at({ became: 'the directory of deploy.json' })];
    }
    const called = depth < notFollowed ? readCalled(text) : undefined;
    if (called === undefined) {
      const facts = readCommand(text, expandVariables(text, variables));
      if (/\bheroku\s+git:remote\b/.test(text)) remote = facts;
      // A push to a remote that the CLI added, under whatever name.
      return [at(facts ?? (/^git\s+push\b/.test(text) ? remote : undefined))];
    }
    const inside = called.flatMap((one) => read(one, depth + 1));
    return inside.some(({ facts }) => facts !== undefined && facts.became !== 'not needed')
      ? [at({ became: `its lines, which follow` }), ...inside]
      : [at(undefined)];
  }

  /** A variable with different values, as in the branches of an "if", has none that is known. */
  function assign(name: string, value: string): void {
    const isSame = !assigned.has(name) || assigned.get(name) === value;
    assigned.set(name, isSame ? value : '');
    if (isSame) variables[name] = value;
    else delete variables[name];
  }

  /** The commands of a script of the repository. Undefined if the command calls none that has to do with Heroku. */
  function readCalled(text: string): CiCommand[] | undefined {
    const [, path] = scriptCall.exec(text) ?? [];
    if (path === undefined) return undefined;
    const [file, script] = [joinPath(directory, path), joinPath(path)]
      .map((one) => [one, readFile(one)] as const)
      .find(([, content]) => content !== undefined) ?? ['', undefined];
    if (script === undefined || !/heroku/i.test(script)) return undefined;
    return splitCommands(script).map((one) => ({ text: one.text, line: one.offset + 1, file }));
  }
}
