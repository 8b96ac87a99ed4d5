import { randomUUID } from 'node:crypto';
import type { App } from '../apps/app.ts';
import type { LogFilter } from '../state/app-log.ts';
import type { Clock } from '../../time/clock.ts';

export interface LogSession {
  readonly id: string;
  readonly app: App;
  readonly filter: LogFilter;
  readonly lines: number;
  readonly tail: boolean;
  readonly createdAt: string;
}

const lifetimeMs = 5 * 60_000;

/** Log sessions by ID. Each expires after five minutes. */
export class LogSessions {
  readonly #sessions = new Map<string, { readonly session: LogSession; readonly expires: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(options: Omit<LogSession, 'id' | 'createdAt'>): LogSession {
    const now = this.#clock.elapsed();
    for (const [id, { expires }] of this.#sessions) if (expires < now) this.#sessions.delete(id);
    const session = { ...options, id: randomUUID(), createdAt: this.#clock.timestamp() };
    this.#sessions.set(session.id, { session, expires: now + lifetimeMs });
    return session;
  }

  find(id: string): LogSession | undefined {
    const found = this.#sessions.get(id);
    return found && found.expires >= this.#clock.elapsed() ? found.session : undefined;
  }
}
