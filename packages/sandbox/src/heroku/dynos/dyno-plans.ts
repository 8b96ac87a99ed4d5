import type { ImageStore } from '../../registry/image-store.ts';
import {
  type AppRecord,
  currentRelease,
  imageOf,
  type Release,
  releasePhaseType,
  type Snapshot,
} from '../state/model.ts';
import type { DynoPlan } from './supervised-dyno.ts';

/** Returns the dynos that an app should have now: the quantity of each process type that has an image. */
export async function planDynos(app: AppRecord, images: ImageStore): Promise<DynoPlan[]> {
  const release = currentRelease(app);
  const plans: DynoPlan[] = [];
  for (const processType of app.formation) {
    if (processType.type === releasePhaseType) continue;
    for (let number = 1; number <= processType.quantity; number++) {
      const plan = await planDyno(app, images, release, release.snapshot, processType.type, number);
      if (plan) plans.push({ ...plan, size: processType.size });
    }
  }
  return plans;
}

/** Returns one dyno of a snapshot; undefined if the snapshot has no image for the type. */
export async function planDyno(
  app: AppRecord,
  images: ImageStore,
  release: Release,
  snapshot: Snapshot,
  type: string,
  number: number,
): Promise<DynoPlan | undefined> {
  const image = imageOf(snapshot, type);
  if (!image) return undefined;
  const command = commandOverrideOf(snapshot, type);
  return {
    app: app.name,
    name: `${type}.${number}`,
    type,
    size: 'Basic',
    image,
    ...(command === undefined ? {} : { command }),
    commandText: await commandTextOf(images, snapshot, type),
    configVars: snapshot.configVars,
    release: { id: release.id, version: release.version },
  };
}

/** Returns a dyno that runs a command in the image of its type, of `web` by default. */
export function planOneOffDyno(app: AppRecord, type: string, command: string): Omit<DynoPlan, 'name'> | undefined {
  const { id, version, snapshot } = currentRelease(app);
  const image = imageOf(snapshot, type) ?? (type === 'run' ? imageOf(snapshot, 'web') : undefined);
  if (!image) return undefined;
  const { configVars } = snapshot;
  return {
    app: app.name,
    type,
    size: 'Basic',
    image,
    command,
    commandText: command,
    configVars,
    release: { id, version },
  };
}

/** Returns a process type's command line: the image's Entrypoint, then the formation's command, else the image's Cmd. */
export async function commandTextOf(images: ImageStore, snapshot: Snapshot, type: string): Promise<string> {
  const image = imageOf(snapshot, type);
  if (!image) return '';
  const override = commandOverrideOf(snapshot, type);
  const config = (await images.findImage(image.repository, image.imageId))?.config.config;
  const words = [...(config?.Entrypoint ?? []), ...(override === undefined ? (config?.Cmd ?? []) : [override])];
  return words.join(' ');
}

function commandOverrideOf({ commands }: Snapshot, type: string): string | undefined {
  return Object.hasOwn(commands, type) ? commands[type] : undefined;
}
