import { callError } from '../errors.ts';
import type { Api } from '../transport/api.ts';
import { appPath, assertProcessType } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { type Fields, listOf } from './shape.ts';

/** How many dynos of one process type run, and what. @see https://devcenter.heroku.com/articles/platform-api-reference#formation */
export interface ProcessType {
  readonly id: string;
  readonly type: string;
  /** The command as the API shows it; a placeholder for an image without one. */
  readonly command: string;
  /** The number of dynos. */
  readonly quantity: number;
  /** The name of the dyno size, such as `Standard-1X`. */
  readonly size: string;
}

export interface FormationUpdate {
  readonly type: string;
  /** An image ID: the digest of the image's config, `sha256:` and 64 hex digits. */
  readonly dockerImage?: string;
  /** Replaces the image's Cmd. */
  readonly command?: string;
  readonly quantity?: number;
  readonly size?: string;
}

export interface FormationResource {
  list(app: string, options?: RequestOptions): Promise<ProcessType[]>;
  /**
   * Changes any number of process types in one request: all of them or none. An update with images creates a release, unless
   * exactly these images are already running. Never retried; the client's `releaseImages` also handles a lost response.
   */
  update(app: string, updates: readonly FormationUpdate[], options?: RequestOptions): Promise<ProcessType[]>;
}

export function formationResource(api: Api): FormationResource {
  return {
    list: async (app, options = {}) =>
      api.call({ method: 'GET', path: `${appPath(app)}/formation`, ...options }, listOf(readProcessType)),
    update: async (app, updates, options = {}) => {
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
      return api.call(
        { method: 'PATCH', path, body, ...(withImages ? { variant: 'docker-releases' } : {}), ...options },
        listOf(readProcessType),
      );
    },
  };
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

function readProcessType(fields: Fields): ProcessType {
  return {
    id: fields.string('id'),
    type: fields.string('type'),
    command: fields.nullable('command', (it) => it.string('command')) ?? '',
    quantity: fields.integer('quantity'),
    size:
      fields.nullable('dyno_size', (it) => it.object('dyno_size').nullable('name', (size) => size.string('name'))) ??
      fields.nullable('size', (it) => it.string('size')) ??
      '',
  };
}
