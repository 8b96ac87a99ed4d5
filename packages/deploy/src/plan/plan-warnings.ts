import type { DeployConfig } from '../config/schema.ts';
import type { BuildOutline, Image } from '../ports.ts';
import type { DeployRecord } from '../state/records/record.ts';
import type { PlannedImage } from './plan.ts';

/** Dynos of images with more layers were seen to crash without a message. */
const maxLayers = 30;

/** Returns what a deploy should be warned of, each as a sentence or two: what Heroku accepts and then ignores, too. */
export function planWarnings(
  config: DeployConfig,
  build: BuildOutline,
  images: Readonly<Record<string, Image>> = {},
): string[] {
  const header = config.processes.web?.health?.versionHeader;
  const image = Object.values(images)[0];
  return [
    ...(header && !build.declaresSourceDigest
      ? [
          `The Dockerfile has no ARG SOURCE_DIGEST, so the header ${header} can't prove the version. Add ARG SOURCE_DIGEST and ENV SOURCE_DIGEST=$SOURCE_DIGEST.`,
        ]
      : []),
    ...releaseCommand(config),
    ...(image ? [...ignoredSettings(image), ...layerCount(image)] : []),
  ];
}

/** If web has a command of its own, the image's may be that of the release phase. */
function releaseCommand({ processes: { web, release } }: DeployConfig): string[] {
  if (release === undefined || release.command !== undefined || web === undefined || web.command !== undefined)
    return [];
  return [
    "The release phase runs the image's own command, which web runs, too: if that's a server, the phase doesn't end. Set processes.release.command, or remove processes.release.",
  ];
}

/** Returns a warning if the last deploy of the same images didn't end well. */
export function warnOfEarlierEnd(images: readonly PlannedImage[], records: readonly DeployRecord[]): string[] {
  const last = records.find((record) =>
    images.every(({ type, imageId }) => imageId && record.images[type] === imageId),
  );
  if (last?.result !== 'rolled-back' && last?.result !== 'failed') return [];
  const end = last.result === 'failed' ? 'failed' : 'was rolled back';
  return [`v${last.release} had the same images, and its deploy ${end}.`];
}

/** By their key in the image's config. */
const settings: Readonly<Record<string, { readonly instruction: string; readonly advice: string }>> = {
  Healthcheck: { instruction: 'HEALTHCHECK', advice: 'The health check is "health" in deploy.json.' },
  Volumes: { instruction: 'VOLUME', advice: "A dyno's files are lost when it restarts." },
  ExposedPorts: { instruction: 'EXPOSE', advice: 'The app must listen on $PORT.' },
  StopSignal: { instruction: 'STOPSIGNAL', advice: 'Dynos are stopped with SIGTERM.' },
  Shell: { instruction: 'SHELL', advice: 'Commands are run by /bin/sh.' },
};

/** @see https://devcenter.heroku.com/articles/container-registry-and-runtime#unsupported-dockerfile-commands */
function ignoredSettings({ config }: Image): string[] {
  const found = Object.entries(settings).filter(([key]) => isSet(config.config?.[key]));
  if (found.length === 0) return [];
  const names = found.map(([, { instruction }]) => instruction).join(', ');
  return [`Heroku ignores ${names} of the image. ${found.map(([, { advice }]) => advice).join(' ')}`];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && Object.keys(value).length > 0;
}

function layerCount({ layers }: Image): string[] {
  return layers.length > maxLayers
    ? [
        `The image has ${layers.length} layers. With more than ${maxLayers}, dynos may crash without a message: combine COPY and RUN instructions, or choose a smaller base.`,
      ]
    : [];
}
