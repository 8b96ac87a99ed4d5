import type { AppStatus, HistoryEntry } from '@tozo/deploy';
import type { Distance } from '../git-distance.ts';
import type { Style } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { Line } from './lines.ts';

const nameWidth = 9;

/** Returns what runs as lines; the last one is the whole result. */
export function statusLines(status: AppStatus, distances: readonly Distance[]): Line[] {
  const rows: [name: string, text: string][] = [
    ...(status.release ? [['release', describe(status.release)] as [string, string]] : []),
    ...deployRows(status, distances),
    ...status.processes.map(
      ({ type, expected, up, image }) =>
        ['dynos', `${type} ${up}/${expected}${image ? `  image ${image}` : ''}`] as [string, string],
    ),
    ...healthRows(status),
    ...(status.pending
      ? [['pending', `${describe(status.pending)}: goes live if it succeeds`] as [string, string]]
      : []),
    ...status.failed.map((entry) => ['failed', describe(entry)] as [string, string]),
    ...status.drift.map((text) => ['drift', text] as [string, string]),
    ...status.unknowns.map((text) => ['unknown', text] as [string, string]),
  ];
  const history = status.history ? historyLines(status.history) : [];
  return [
    ...rows.map(([name, text]) => ({ text: printable(`  ${name.padEnd(nameWidth)}${text}`) })),
    ...history,
    { text: printable(status.text), style: styleOf(status) },
  ];
}

function styleOf({ state }: AppStatus): Style {
  if (state === 'unhealthy') return 'red';
  return state === 'starting' ? 'yellow' : 'green';
}

function deployRows({ deploy }: AppStatus, distances: readonly Distance[]): [string, string][] {
  if (!deploy) return [];
  const { commit, who, pipeline, at } = deploy;
  return [
    ...(commit
      ? [['commit', [commit.slice(0, 12), ...distances.map(describeDistance)].join(', ')] as [string, string]]
      : []),
    ['deployed', [shortTime(at), ...(who ? [`by ${who}`] : []), ...(pipeline ? [pipeline] : [])].join('  ')],
  ];
}

function describeDistance({ ref, behind, behindHere, ahead }: Distance): string {
  if (behind === 0) return ahead === 0 ? `the same as ${ref}` : `${ahead} ahead of ${ref}`;
  const diverged = ahead === 0 ? '' : ` and ${ahead} ahead`;
  return `${behind} behind${diverged} ${ahead === 0 ? '' : 'of '}${ref} (${behindHere} in this directory)`;
}

const judges = {
  record: 'by the health check of its own deploy',
  'deploy.json': "by deploy.json's health check, because its own is unknown",
  dynos: 'by its dynos only',
};

function healthRows({ health, state }: AppStatus): [string, string][] {
  if (!health || state === 'nothing-to-check') return [];
  const proven = health.versionProven ? ', version proven' : '';
  return [['health', `${health.observation}${proven} (${judges[health.by]})`]];
}

function describe({ version, what, createdAt, user, status }: HistoryEntry): string {
  const state = status === 'succeeded' ? '' : `  ${status}`;
  return `v${version}  ${shortTime(createdAt)}${user ? `  ${user}` : ''}  ${what}${state}`;
}

/** One release a line: the one that runs, and those that `tozo rollback` can go back to, are marked. */
function historyLines(history: readonly HistoryEntry[]): Line[] {
  const width = Math.max(...history.map(({ version }) => `v${version}`.length));
  const userWidth = Math.max(...history.map(({ user }) => (user ?? '').length));
  return history.map(({ version, current, canGoBack, createdAt, user, what, status }) => {
    const mark = current ? 'runs' : canGoBack ? 'back' : '';
    const state = status === 'succeeded' ? '' : `, ${status}`;
    const columns = [
      `v${version}`.padEnd(width),
      mark.padEnd(4),
      shortTime(createdAt),
      (user ?? '').padEnd(userWidth),
      `${what}${state}`,
    ];
    return { text: printable(`  ${columns.join('  ')}`), ...(current ? { style: 'bold' as const } : {}) };
  });
}

/** `2026-01-02 03:04`, UTC. */
function shortTime(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
