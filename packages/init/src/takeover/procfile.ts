import { toCommand } from '../project/command-words.ts';
import { directoryOf } from '../project/snapshot.ts';
import { noFacts, type Process, type Taken, type TakenLine } from './taken.ts';

/** Reads a Procfile: a process type and its command per line. https://devcenter.heroku.com/articles/procfile */
export function readProcfile(file: string, text: string): Taken {
  const lines: TakenLine[] = [];
  const processes: Record<string, Process> = {};
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = { file, line: index + 1, text: line };
    const [, type, command] = /^([\w-]+)\s*:\s*(.+)$/.exec(line) ?? [];
    if (type === undefined || command === undefined) {
      lines.push({ ...at, left: "it isn't a process type and a command: correct the line" });
    } else if (/\$\(|`/.test(command) && type === 'release') {
      lines.push({ ...at, left: `add processes.release to deploy.json: { "command": ["sh", "-c", "…"] }` });
    } else {
      processes[type] = { command: toCommand(command) };
      lines.push({ ...at, became: `processes.${type} in deploy.json` });
    }
  }
  return { apps: [{ ...noFacts(directoryOf(file)), processes }], lines };
}
