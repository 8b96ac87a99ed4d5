import type { RollbackPlan } from '@tozo/deploy';

const nameWidth = 9;

/** Returns the plan of a rollback as text, for the confirmation. What it changes is in the warnings before it. */
export function renderRollbackPlan(plan: RollbackPlan): string {
  const { from, target, way, record } = plan;
  return [
    ['now', from ? summary(from) : 'unknown'],
    ['then', summary(target)],
    ['by', way === 'rollback' ? "Heroku's rollback: images and config vars" : 'releasing its images: config vars stay'],
    [
      'verify',
      record
        ? 'dynos up, and the health check of its own deploy'
        : 'dynos up, and any response below 500: no record of its deploy was found',
    ],
  ]
    .map(([name, text]) => `  ${name!.padEnd(nameWidth)}${text}\n`)
    .join('');
}

function summary({ version, imageIds, commit, createdAt, user }: NonNullable<RollbackPlan['from']>): string {
  return [
    `v${version}`,
    ...(imageIds.length > 0 ? [`image ${imageIds.join(', ')}`] : []),
    ...(commit ? [`commit ${commit.slice(0, 12)}`] : []),
    `${createdAt}${user ? ` by ${user}` : ''}`,
  ].join('  ');
}
