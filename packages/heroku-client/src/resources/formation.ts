import { callError } from '../errors.ts';
import { type Fields, listOf } from '../shape.ts';
import type { Api } from '../transport/api.ts';
import { appPath, checkProcessType } from './names.ts';
import type { RequestOptions } from './request-options.ts';

/** How many dynos of one process type run what. @see https://devcenter.heroku.com/articles/platform-api-reference#formation */
export interface ProcessType {
  readonly id: string;
  readonly type: string;
  /** The command as the API shows it; for an image without one it is a placeholder. */
  readonly command: string;
  /** Dynos. */
  readonly quantity: number;
  /** The dyno size by name, such as `Standard-1X`. */
  readonly size: string;
}

export interface FormationUpdate {
  readonly type: string;
  /** The image ID: the digest of the image's config, `sha256:` and 64 hex digits. */
  readonly dockerImage?: string;
  /** Run instead of the image's Cmd. */
  readonly command?: string;
  readonly quantity?: number;
  readonly size?: string;
}

export interface FormationResource {
  list(app: string, options?: RequestOptions): Promise<ProcessType[]>;
  /**
   * Changes any number of process types in one request: all of them or none. With images in it, it makes a release, unless
   * just these images run already. It is sent once; `releaseImages` of the client also settles what a lost answer leaves
   * open.
   */
  update(app: string, updates: readonly FormationUpdate[], options?: RequestOptions): Promise<ProcessType[]>;
}

export function formationResource(api: Api): FormationResource {
  return {
    list: async (app, options = {}) =>
      api.call({ method: 'GET', path: `${appPath(app)}/formation`, ...options }, listOf(readProcessType)),
    update: async (app, updates, options = {}) => {
      const path = `${appPath(app)}/formation`;
      checkUpdates(updates);
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
export function checkUpdates(updates: readonly FormationUpdate[]): void {
  if (updates.length === 0) throw callError('A formation update needs at least one process type.');
  const seen = new Set<string>();
  for (const update of updates) {
    checkProcessType(update.type);
    if (seen.has(update.type)) throw callError(`The process type ${update.type} stands twice in the formation update.`);
    seen.add(update.type);
    checkUpdate(update);
  }
}

function checkUpdate({ type, dockerImage, command, quantity, size }: FormationUpdate): void {
  if ([dockerImage, command, quantity, size].every((value) => value === undefined)) {
    throw callError(
      `The formation update changes nothing about ${type}: give an image, a command, a quantity or a size.`,
    );
  }
  if (dockerImage !== undefined && !/^sha256:[0-9a-f]{64}$/.test(dockerImage)) {
    throw callError(`The image of ${type} must be an image ID, sha256: and 64 hex digits, not "${dockerImage}".`);
  }
  if (quantity !== undefined && !(Number.isSafeInteger(quantity) && quantity >= 0)) {
    throw callError(`The quantity of ${type} must be a whole number of dynos, 0 or more, not ${quantity}.`);
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
