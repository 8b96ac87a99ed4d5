import { diffLines, type InitPlan, type TakenLine } from '@tozo/init';
import type { Part } from '../output/output.ts';

const indent = '  ';

/** Returns what `tozo init` is about to write, and what it found, to be printed. @param writesJobs whether deploy jobs are written */
export function renderInit(plan: InitPlan, writesJobs: boolean): readonly Part[] {
  const lines: readonly Part[] = [
    ...plan.apps.map(({ name, directory, framework, manager, hasDockerfile }) => {
      const image = hasDockerfile ? ', with its own Dockerfile' : '';
      return `${name}${directory === '' ? '' : ` (${directory})`}: ${framework}, ${manager.name}${image}`;
    }),
    ...section('Taken over', plan.lines.filter(({ became }) => became !== undefined).map(describeLine)),
    ...section('Not taken over', plan.lines.filter(({ left }) => left !== undefined).map(describeLine)),
    ...plan.changes.flatMap((change) => [
      '',
      `${change.before === undefined ? 'create' : 'change'} ${change.path}`,
      ...diffLines(change).map((line) => ({ quoted: `${indent}${line}` })),
    ]),
    ...(writesJobs ? ['', 'and .gitlab/deploy.yml, the deploy jobs of all apps, as tozo ci pipeline writes them'] : []),
    ...section(
      'Kept',
      plan.kept.map((path) => `${path} exists already`),
    ),
    ...section(
      'Not needed any more (remove them yourself)',
      plan.removable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
    ...section('To do', [...plan.notes, ...plan.proposals]),
  ];
  return lines.flatMap((line) => [line, '\n']);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `${indent}${line}`)];
}

function describeLine({ file, line, text, became, left }: TakenLine): string {
  const short = text.length > 70 ? `${text.slice(0, 69)}…` : text;
  return `${file}:${line}  ${short}\n${indent}${indent}→ ${became ?? left}`;
}
