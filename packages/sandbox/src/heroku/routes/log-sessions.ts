import { type ApiRoute, appOf, bodyOf, readOptionalBoolean, readOptionalString } from '../api/call.ts';
import { invalidParamsError } from '../errors.ts';

const defaultLines = 100;
const maxLines = 1500;

export const logSessionRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    pattern: '/apps/:app/log-sessions',
    handle: async (call) => {
      const app = appOf(call);
      const body = await bodyOf(call);
      const lines = body['lines'] ?? defaultLines;
      if (typeof lines !== 'number' || !Number.isInteger(lines) || lines < 0) {
        throw invalidParamsError('lines must be a whole number.');
      }
      const source = readOptionalString(body, 'source');
      const dyno = readOptionalString(body, 'dyno_name') ?? readOptionalString(body, 'dyno');
      const type = readOptionalString(body, 'type');
      const session = call.logSessions.create({
        app,
        lines: Math.min(lines, maxLines),
        tail: readOptionalBoolean(body, 'tail') ?? false,
        filter: {
          ...(source === undefined ? {} : { source }),
          ...(dyno === undefined ? {} : { dyno }),
          ...(type === undefined ? {} : { type }),
        },
      });
      return {
        status: 201,
        body: {
          id: session.id,
          created_at: session.createdAt,
          updated_at: session.createdAt,
          logplex_url: `${call.baseUrl}/sessions/${session.id}?srv=${Math.floor(call.clock.now() / 1000)}`,
        },
      };
    },
  },
];
