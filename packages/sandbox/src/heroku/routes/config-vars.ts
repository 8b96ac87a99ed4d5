import { type ApiRoute, appOf, bodyOf } from '../api/call.ts';
import { invalidParamsError } from '../errors.ts';
import { releaseOf } from './releases.ts';

const maxBytes = 65_536;

export const configVarRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/config-vars',
    handle: (call) => ({ status: 200, body: appOf(call).record.configVars }),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/releases/:release/config-vars',
    handle: (call) => ({ status: 200, body: releaseOf(call).snapshot.configVars }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/config-vars',
    handle: async (call) => {
      const app = appOf(call);
      await app.patchConfigVars(readPatch(await bodyOf(call), app.record.configVars));
      return { status: 200, body: app.record.configVars };
    },
  },
];

function readPatch(
  body: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const patch = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, readValue(key, value)]));
  const size = Object.entries({ ...before, ...patch }).reduce(
    (sum, [key, value]) => sum + (value === null ? 0 : Buffer.byteLength(key) + Buffer.byteLength(value)),
    0,
  );
  if (size > maxBytes)
    throw invalidParamsError(`Config vars are limited to ${maxBytes} bytes in total: these have ${size}.`);
  return patch;
}

function readValue(key: string, value: unknown): string | null {
  if (!/^\w+$/.test(key)) {
    throw invalidParamsError(`Config var key ${key} may only contain letters, digits and underscores.`);
  }
  if (value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw invalidParamsError(`Config var ${key} must be a string, or null to remove it.`);
  if (value.includes('\0')) throw invalidParamsError(`Config var ${key} contains a NUL character.`);
  return value;
}
