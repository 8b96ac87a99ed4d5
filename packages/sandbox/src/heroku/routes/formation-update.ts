import { isRecord } from '../../http/exchange.ts';
import { type Call, readOptionalString } from '../api/call.ts';
import { dynoSizes } from '../api/catalog.ts';
import { invalidParamsError } from '../errors.ts';

/** A valid element of `updates`. */
export interface FormationUpdate {
  readonly type: string;
  readonly quantity?: Quantity;
  readonly size?: string;
  /** An image's ID or UUID; `null` removes the process type. */
  readonly image?: string | null;
  readonly command?: string;
}

/** A number of dynos, or of dynos more (fewer, if negative) than now. */
export type Quantity = { readonly absolute: number } | { readonly relative: number };

export const typePattern = /^[-\w]{1,128}$/;
const imagePattern = /^(sha256:[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const maxQuantity = 100;

/** Reads an element of `updates`, whose process type is in `type`, or in `process` as in the schema of the variant. */
export function readUpdate(value: unknown, call: Call): FormationUpdate {
  if (!isRecord(value)) throw invalidParamsError('Each update must be an object.');
  const type = readOptionalString(value, 'type') ?? readOptionalString(value, 'process');
  if (type === undefined || !typePattern.test(type)) throw invalidParamsError('Each update must have a valid type.');
  const quantity = readQuantity(value['quantity']);
  const image = readImage(value, call);
  const size = readSize(value);
  const command = readOptionalString(value, 'command');
  return {
    type,
    ...(quantity === undefined ? {} : { quantity }),
    ...(size === undefined ? {} : { size }),
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
  };
}

/** Returns the number of dynos after an update. Throws the API's 422 if it is out of range. */
export function applyQuantity(now: number, quantity: Quantity): number {
  const result = 'absolute' in quantity ? quantity.absolute : now + quantity.relative;
  if (result < 0 || result > maxQuantity) throw quantityError();
  return result;
}

/** Accepts `2`, and as Heroku's CLI sends it `"2"`, `"+1"`, `"-1"`. */
function readQuantity(value: unknown): Quantity | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return { absolute: value };
  const [, sign, digits] = (typeof value === 'string' && /^([+-]?)(\d{1,3})$/.exec(value)) || [];
  if (digits === undefined) throw quantityError();
  if (sign === '') return { absolute: Number(digits) };
  return { relative: sign === '-' ? -Number(digits) : Number(digits) };
}

function quantityError(): Error {
  return invalidParamsError(`quantity must be a whole number from 0 to ${maxQuantity}.`);
}

function readImage(update: Readonly<Record<string, unknown>>, call: Call): string | null | undefined {
  if (update['docker_image'] === undefined) return undefined;
  if (call.version !== '3.docker-releases') {
    throw invalidParamsError(
      'docker_image needs the header "Accept: application/vnd.heroku+json; version=3.docker-releases".',
    );
  }
  const image = readOptionalString(update, 'docker_image');
  if (image === undefined) return null;
  if (!imagePattern.test(image)) {
    throw invalidParamsError('docker_image must be an image ID, sha256: and 64 hex digits.');
  }
  return image;
}

function readSize(update: Readonly<Record<string, unknown>>): string | undefined {
  const dynoSize = update['dyno_size'];
  const name = isRecord(dynoSize)
    ? readOptionalString(dynoSize, 'name')
    : (readOptionalString(update, 'dyno_size') ?? readOptionalString(update, 'size'));
  return readSizeName(name);
}

/** Returns a dyno size in Heroku's spelling. Throws the API's 422 for an unknown one. */
export function readSizeName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const size = dynoSizes.find((known) => known.name.toLowerCase() === name.toLowerCase())?.name;
  if (!size) throw invalidParamsError(`No such dyno size as ${name}.`);
  return size;
}
