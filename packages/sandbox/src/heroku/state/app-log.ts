import type { Clock } from '../../time/clock.ts';

/** Who wrote a line: the app's processes, the platform, or the sandbox, which sees more than Heroku shows. */
type LogSource = 'app' | 'heroku' | 'sandbox';

/** One line of an app's log. */
export interface LogLine {
  /** Counts from 1. */
  readonly id: number;
  readonly time: Date;
  readonly source: LogSource;
  /** `web.1`, `api`, `router`. */
  readonly dyno: string;
  readonly message: string;
}

/** The lines that a log session includes. */
export interface LogFilter {
  readonly source?: string;
  /** A dyno's name, or a process type for all of its dynos. */
  readonly dyno?: string;
  readonly type?: string;
}

const maxLines = 1500;

/** The last 1,500 lines of an app's log, and its followers. */
export class AppLog {
  readonly #lines: LogLine[] = [];
  readonly #clock: Clock;
  #lastId = 0;
  readonly #followers = new Set<(line: LogLine) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(source: LogSource, dyno: string, message: string): void {
    const line: LogLine = { id: ++this.#lastId, time: this.#clock.date(), source, dyno, message };
    this.#lines.push(line);
    if (this.#lines.length > maxLines) this.#lines.shift();
    for (const follower of this.#followers) follower(line);
  }

  lines(filter: LogFilter = {}): LogLine[] {
    return this.#lines.filter((line) => isIncluded(line, filter));
  }

  /** Calls `onLine` for each new line until the returned function is called. */
  follow(filter: LogFilter, onLine: (line: LogLine) => void): () => void {
    const follower = (line: LogLine) => {
      if (isIncluded(line, filter)) onLine(line);
    };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** Formats a line as Heroku's log streams do: `2026-01-02T03:04:05.678000+00:00 heroku[web.1]: State changed from starting to up`. */
export function formatLogLine(line: LogLine): string {
  return `${line.time.toISOString().replace('Z', '000+00:00')} ${line.source}[${line.dyno}]: ${line.message}`;
}

const typeOf = ({ dyno }: LogLine): string => dyno.replace(/\.\d+$/, '');

function isIncluded(line: LogLine, filter: LogFilter): boolean {
  return (
    (filter.source === undefined || filter.source === line.source) &&
    (filter.dyno === undefined || filter.dyno === line.dyno || filter.dyno === typeOf(line)) &&
    (filter.type === undefined || filter.type === typeOf(line))
  );
}
