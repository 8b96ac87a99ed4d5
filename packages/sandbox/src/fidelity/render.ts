import { type Confidence, type FidelityRow } from './rows.ts';

const confidences: readonly Confidence[] = ['documented', 'schema', 'seen in the wild', 'assumed'];

/** Returns a Markdown table: per platform, the number of rows of each confidence, and the share that isn't assumed. */
export function renderScores(rows: readonly FidelityRow[]): string {
  const platforms = [...new Set(rows.map(({ platform }) => platform))];
  const lines = platforms.map((platform) => {
    const own = rows.filter((row) => row.platform === platform);
    const counts = confidences.map((confidence) => own.filter((row) => row.confidence === confidence).length);
    const proven = own.filter((row) => row.proven !== null).length;
    const score = Math.round((100 * (own.length - (counts.at(-1) ?? 0))) / own.length);
    return [platform, own.length, ...counts, proven, `${score} %`];
  });
  const head = ['platform', 'rows', ...confidences, 'proven live', 'not assumed'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Returns a row as text. */
export function renderRow(row: FidelityRow): string {
  const fields: readonly (readonly [string, string])[] = [
    ['platform', row.platform],
    ['operation', row.operation],
    ['claim', row.claim],
    ['confidence', row.confidence],
    ['source', row.source],
    ...(row.switch === undefined ? [] : [['assumption', row.switch] as const]),
    ['test', row.test],
    ['proven live', row.proven ?? 'never'],
  ];
  return [row.id, ...fields.map(([name, value]) => `  ${name.padEnd(12)}${value}`)].join('\n');
}
