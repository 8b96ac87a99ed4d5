import { type DeployPlan, formatBytes, type ImagesOrigin, isUnchanged, shortImageId } from '@tozo/deploy';

const nameWidth = 9;

type Line = readonly [name: string, text: string];

/** Returns the plan as text, for the confirmation, for `--dry-run` and for `tozo plan`. */
export function renderPlan(plan: DeployPlan): string {
  const lines: Line[] = isUnchanged(plan)
    ? [
        ['plan', 'nothing to do: this version is already running'],
        ...imageLines(plan),
        ...leftLines(plan),
        ...(plan.dynos['web'] === 0 ? [['verify', verification(plan)] as const] : []),
      ]
    : [
        ...buildLines(plan),
        ...pushLines(plan),
        ...imageLines(plan),
        ...configLines(plan),
        ...releaseLines(plan),
        ...countLines(plan),
        ...leftLines(plan),
        ['verify', verification(plan)],
        ['failing', failing(plan)],
      ];
  return [...lines, ...plan.unknowns.map((text): Line => ['unknown', text])]
    .map(([name, text]) => `  ${name.padEnd(nameWidth)}${text}\n`)
    .join('');
}

function buildLines({ build }: DeployPlan): Line[] {
  return [
    build.imagesFrom ? ['from', originText(build.imagesFrom)] : ['build', `${build.builder}: ${build.reason}`],
    ...(build.base
      ? [['', `from ${build.base.reference}${build.base.standIn ? ' (stand-in base)' : ''}`] as const]
      : []),
    ...build.layers.map((layer): Line => ['', `${layer.reused ? '=' : '+'} ${layer.instruction}${contentOf(layer)}`]),
  ];
}

function originText({ app, environment, release, commit, at }: ImagesOrigin): string {
  const name = environment ? `${environment} (${app})` : app;
  return `${name} v${release}${commit ? `, commit ${commit.slice(0, 12)}` : ''}, verified ${at.slice(0, 16)}Z`;
}

function contentOf({ files, size = 0 }: DeployPlan['build']['layers'][number]): string {
  return files === undefined ? '' : `  (${counted(files, 'file')}, ${formatBytes(size)})`;
}

function pushLines({ push, images }: DeployPlan): Line[] {
  if (!push) return [['push', 'unknown until the image is built']];
  if (images.every(({ pushed }) => pushed)) return [['push', 'nothing: the registry has these images']];
  const { sentLayers, sentBytes, reusedLayers, reusedBytes, mountable } = push;
  const layers = [
    ...(sentLayers > 0 ? [counted(sentLayers, 'new layer')] : []),
    ...(reusedLayers > 0 ? [`${counted(reusedLayers, 'layer')} reused`] : []),
  ];
  return [
    [
      'push',
      `${formatBytes(sentBytes)} to send, ${formatBytes(reusedBytes)} reused${layers.length > 0 ? `: ${layers.join(', ')}` : ''}`,
    ],
    ...(mountable
      ? [
          [
            '',
            `${counted(mountable.layers, 'layer')}, ${formatBytes(mountable.bytes)} of other repositories: reused, or sent if the registry can't mount them`,
          ] as const,
        ]
      : []),
  ];
}

function imageLines({ images, dynos, rollbackTarget }: DeployPlan): Line[] {
  return images.map(({ type, imageId, running, command }): Line => {
    const next = imageId ? shortImageId(imageId) : 'unknown until built';
    const now = running ? shortImageId(running) : rollbackTarget ? 'unknown or none' : 'none';
    const count = dynos[type];
    return [
      'image',
      [
        `${type}  ${imageId && imageId === running ? `${next}, as now` : `${now} → ${next}`}`,
        ...(count === undefined ? [] : [counted(count, 'dyno')]),
        ...(command ? [command.join(' ')] : []),
      ].join('  '),
    ];
  });
}

function configLines({ configVars: { set, unchanged, notInEffect, phase } }: DeployPlan): Line[] {
  return [
    ...(set.length > 0 ? [['config', `set ${set.join(', ')}`] as const] : []),
    ...(notInEffect.length > 0
      ? [
          [
            '',
            `${notInEffect.join(', ')} again: the release that set this value failed, so it isn't in effect`,
          ] as const,
        ]
      : []),
    ...(phase ? [['', 'a release of its own: the release phase of what runs now runs first'] as const] : []),
    ...(unchanged.length > 0 ? [[set.length > 0 ? '' : 'config', `unchanged ${unchanged.join(', ')}`] as const] : []),
  ];
}

function releaseLines({ release, restarts }: DeployPlan): Line[] {
  return [
    ['release', release.needed ? release.reason : `no new image: ${release.reason}`],
    ...(release.needed && release.phase ? [['', 'the release phase runs first'] as const] : []),
    ...(restarts.length > 0 ? [['restart', restarts.join(', ')] as const] : []),
  ];
}

const scaleReasons = {
  'first-deploy': 'its first deploy',
  'declared-count-changed': 'deploy.json declares another number',
};

function countLines({ scale, removals }: DeployPlan): Line[] {
  return [
    ...scale.map(({ type, from, to, reason }): Line => [
      'scale',
      `${type}  ${from ?? 0} → ${counted(to, 'dyno')} (${scaleReasons[reason]})`,
    ]),
    ...removals.map((type): Line => [
      'remove',
      `${type}, once the new version is verified: deploy.json no longer lists it`,
    ]),
  ];
}

/** Returns what the deploy sees and doesn't change. */
function leftLines({ app, keptCounts, othersTypes }: DeployPlan): Line[] {
  return [
    ...keptCounts.map(({ type, declared, actual }): Line => [
      'keep',
      `${type}  ${counted(actual, 'dyno')}, although deploy.json says ${declared}. To change it: heroku ps:scale ${type}=${declared} -a ${app}`,
    ]),
    ...othersTypes.map((type): Line => ['leave', `${type}, which isn't in deploy.json`]),
  ];
}

function verification({ verify, preboot, dynos }: DeployPlan): string {
  if (Object.values(dynos).every((count) => count === 0)) return 'nothing: no dyno is set to run';
  if (dynos['web'] === 0) return 'dynos up; no web dyno is set to run, so the URL is not checked';
  const seen = {
    marker: 'dynos up, URL healthy, version proven',
    status: 'dynos up, URL healthy; version not proven',
    dynos: 'dynos up',
  }[verify.by];
  return preboot && verify.by !== 'dynos' ? `${seen}; with Preboot, the old version responds for minutes` : seen;
}

function failing({ rollback, rollbackTarget: target, configVars, release }: DeployPlan): string {
  if (rollback === 'never') return 'not rolled back: deploy.json says "rollback": "never"';
  if (!target) return 'stays as it is: there is no earlier version to go back to';
  const kept = target.keptUntil ? `, which Heroku keeps until ${target.keptUntil.slice(0, 10)} at least` : '';
  const hasPhase = configVars.phase || (release.needed && release.phase);
  const database = hasPhase ? '; what the release phase changed stays' : '';
  return `rolled back to v${target.version}${kept}${database}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
