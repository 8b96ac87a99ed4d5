import { callError } from '../errors.ts';
import type { Api, Exchanged } from '../transport/api.ts';
import { appPath, assertProcessType } from './names.ts';
import { imagesVariant, type ProcessType, readProcessType } from './process-types.ts';
import type { RequestOptions } from './request-options.ts';
import { listOf } from './shape.ts';

export interface FormationUpdate {
  readonly type: string;
  /** An image ID: the digest of the image's config, `sha256:` and 64 hex digits. */
  readonly dockerImage?: string;
  /** Replaces the image's Cmd. */
  readonly command?: string;
  readonly quantity?: number;
  readonly size?: string;
}

/** Sends a formation update once. The response's warnings say which process types it left unchanged. */
export async function updateFormation(
  api: Api,
  app: string,
  updates: readonly FormationUpdate[],
  options: RequestOptions,
): Promise<Exchanged<ProcessType[]>> {
  const path = `${appPath(app)}/formation`;
  assertUpdates(updates);
  const withImages = updates.some(({ dockerImage }) => dockerImage !== undefined);
  const body = {
    updates: updates.map(({ type, dockerImage, command, quantity, size }) => ({
      type,
      docker_image: dockerImage,
      command,
      quantity,
      dyno_size: size === undefined ? undefined : { name: size },
    })),
  };
  return api.exchange(
    // Counts and sizes are absolute: setting them again changes nothing.
    { method: 'PATCH', path, body, ...(withImages ? { variant: imagesVariant } : { isRepeatable: true }), ...options },
    listOf(readProcessType),
  );
}

/** @throws HerokuError OPTIONS_INVALID */
export function assertUpdates(updates: readonly FormationUpdate[]): void {
  if (updates.length === 0) throw callError('A formation update needs at least one process type.');
  const seen = new Set<string>();
  for (const update of updates) {
    assertProcessType(update.type);
    if (seen.has(update.type))
      throw callError(`The formation update lists process type ${update.type} twice: keep one.`);
    seen.add(update.type);
    assertUpdate(update);
  }
}

function assertUpdate({ type, dockerImage, command, quantity, size }: FormationUpdate): void {
  if ([dockerImage, command, quantity, size].every((value) => value === undefined)) {
    throw callError(`The formation update changes nothing for ${type}: set an image, a command, a quantity or a size.`);
  }
  if (dockerImage !== undefined && !/^sha256:[0-9a-f]{64}$/.test(dockerImage)) {
    throw callError(`The image of ${type} must be an image ID, sha256: and 64 hex digits, not "${dockerImage}".`);
  }
  if (quantity !== undefined && !(Number.isSafeInteger(quantity) && quantity >= 0)) {
    throw callError(`The quantity of ${type} must be an integer of 0 or more, not ${quantity}.`);
  }
  if (command === '' || size === '') throw callError(`The command and the size of ${type} must not be empty.`);
}
