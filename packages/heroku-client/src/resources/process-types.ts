import { HerokuError, type HerokuErrorCode } from '../errors.ts';
import type { Api, Call } from '../transport/api.ts';
import { appPath } from './names.ts';
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
  /** The image it runs, by Heroku's own ID; null without one, absent if the API doesn't say. */
  readonly dockerImage?: { readonly id: string } | null;
}

/** Images are part of this variant of version 3. Its documentation isn't public. */
export const imagesVariant = 'docker-releases';

/** Returns a function that lists process types, with their images as long as Heroku accepts that variant. */
export function processTypeList(api: Api): (app: string, options?: RequestOptions) => Promise<ProcessType[]> {
  let showsImages = true;
  return async (app, options = {}) => {
    const call: Call = { method: 'GET', path: `${appPath(app)}/formation`, ...options };
    if (!showsImages) return api.call(call, listOf(readProcessType));
    try {
      return await api.call({ ...call, variant: imagesVariant }, listOf(readProcessType));
    } catch (error) {
      if (!isRefusedVariant(error)) throw error;
      const found = await api.call(call, listOf(readProcessType));
      showsImages = false;
      return found;
    }
  };
}

function isRefusedVariant(error: unknown): boolean {
  const codes: HerokuErrorCode[] = ['INVALID_PARAMS', 'NOT_FOUND', 'FORBIDDEN', 'PROTOCOL', 'SERVER_ERROR'];
  return error instanceof HerokuError && codes.includes(error.code);
}

export function readProcessType(fields: Fields): ProcessType {
  return {
    id: fields.string('id'),
    type: fields.string('type'),
    command: fields.nullable('command', (it) => it.string('command')) ?? '',
    quantity: fields.integer('quantity'),
    size:
      fields.nullable('dyno_size', (it) => it.object('dyno_size').nullable('name', (size) => size.string('name'))) ??
      fields.nullable('size', (it) => it.string('size')) ??
      '',
    ...dockerImageOf(fields),
  };
}

/** Reads a field that only some variants have. What it doesn't recognize counts as absent. */
function dockerImageOf(fields: Fields): Pick<ProcessType, 'dockerImage'> {
  const value = fields.unchecked('docker_image');
  if (value === null) return { dockerImage: null };
  const id = typeof value === 'object' ? (value as { id?: unknown }).id : undefined;
  return typeof id === 'string' && id !== '' ? { dockerImage: { id } } : {};
}
