import { isRecord } from '../../http/exchange.ts';
import { type ApiRoute, appOf, bodyOf, readOptionalBoolean, readOptionalString } from '../api/call.ts';
import { dynoSizes } from '../api/catalog.ts';
import { serializeDyno } from '../api/serialize.ts';
import { planOneOffDyno } from '../dynos/dyno-plans.ts';
import { invalidParamsError } from '../errors.ts';
import { readSizeName, typePattern } from './formation-update.ts';

const defaultType = 'run';

/** @see https://devcenter.heroku.com/articles/one-off-dynos */
export const oneOffDynoRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    pattern: '/apps/:app/dynos',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      const command = readOptionalString(body, 'command');
      if (command === undefined || command.trim() === '') throw invalidParamsError('command is required.');
      if (command.includes('\0')) throw invalidParamsError('command contains a NUL character.');
      const type = readOptionalString(body, 'type') ?? defaultType;
      if (!typePattern.test(type)) throw invalidParamsError(`${type} is not a valid process type.`);
      const plan = planOneOffDyno(app.record, type, command);
      if (!plan)
        throw invalidParamsError(`App ${app.record.name} has no image to run ${type} with: release one first.`);
      const dyno = await app.oneOffs.start(
        {
          ...plan,
          size: readSizeName(readOptionalString(body, 'size')) ?? dynoSizes[1]!.name,
          configVars: { ...plan.configVars, ...readEnvironment(body['env']) },
        },
        {
          isAttached: readOptionalBoolean(body, 'attach') ?? false,
          isTerminal: !(readOptionalBoolean(body, 'force_no_tty') ?? false),
          timeToLive: readTimeToLive(body['time_to_live']),
        },
      );
      return { status: 201, body: serializeDyno(app.record, dyno) };
    },
  },
];

function readEnvironment(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalidParamsError('env must be an object.');
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, content]) => {
      if (content === null) return [];
      if (!/^\w+$/.test(key)) throw invalidParamsError(`env: ${key} may only contain letters, digits and underscores.`);
      if (typeof content !== 'string' && typeof content !== 'number') {
        throw invalidParamsError(`env: ${key} must be a string.`);
      }
      if (String(content).includes('\0')) throw invalidParamsError(`env: ${key} contains a NUL character.`);
      return [[key, String(content)]];
    }),
  );
}

function readTimeToLive(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 86_400) return value;
  throw invalidParamsError('time_to_live must be a number of seconds from 1 to 86400.');
}
