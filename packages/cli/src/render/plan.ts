import { type DeployPlan, formatBytes, isUnchanged, shortImageId } from '@tozo/deploy';

const nameWidth = 9;

function contentOf({ files, size = 0 }: DeployPlan['build']['layers'][number]): string {
  return files === undefined ? '' : `  (${files} files, ${formatBytes(size)})`;
}

/** Returns the plan as text, for the confirmation and for `--dry-run`. */
export function renderPlan(plan: DeployPlan): string {
  if (isUnchanged(plan)) return '  nothing to do: this version is already running\n';
  const { build, images, configVars, scale, release, verify } = plan;
  const lines = [
    ['build', `${build.builder}: ${build.reason}`],
    ...(build.base ? [['', `from ${build.base.reference}${build.base.standIn ? ' (stand-in base)' : ''}`]] : []),
    ...build.layers.map((layer) => ['', `${layer.reused ? '=' : '+'} ${layer.instruction}${contentOf(layer)}`]),
    ...images.map((image) => [
      'image',
      `${image.repository}  ${image.imageId ? shortImageId(image.imageId) : 'unknown until built'}${image.pushed ? '  already pushed' : ''}`,
    ]),
    ...(configVars.set.length > 0 ? [['config', `set ${configVars.set.join(', ')}`]] : []),
    ...scale.map(({ type, from, to }) => ['scale', `${type}: ${from ?? 0} → ${to} dynos`]),
    ['release', release.needed ? release.reason : `none: ${release.reason}`],
    [
      'verify',
      {
        marker: 'dynos up, URL healthy, version proven',
        status: 'dynos up, URL healthy; version not proven',
        dynos: 'dynos up',
      }[verify.by],
    ],
    [
      'failing',
      plan.rollback === 'auto'
        ? `rolled back${plan.currentRelease ? ` to v${plan.currentRelease}` : ''}`
        : 'not rolled back',
    ],
  ] as [string, string][];
  return lines.map(([name, text]) => `  ${name.padEnd(nameWidth)}${text}\n`).join('');
}
