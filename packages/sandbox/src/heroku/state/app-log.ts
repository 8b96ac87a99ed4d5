/** One line of an app's log. */
export interface LogLine {
  readonly time: Date;
  /** `app` for what the app's processes write, `heroku` for what the platform says. */
  readonly source: 'app' | 'heroku';
  /** `web.1`, `api`, `router`. */
  readonly dyno: string;
  readonly message: string;
}

/** Which lines a log session wants. */
export interface LogFilter {
  readonly source?: string;
  /** A dyno's name, or a process type for all of its dynos. */
  readonly dyno?: string;
  readonly type?: string;
}

const keptLines = 1500;

/** The last 1,500 lines of an app's log, and whoever follows it. */
export class AppLog {
  readonly #lines: LogLine[] = [];
  readonly #followers = new Set<(line: LogLine) => void>();

  write(source: 'app' | 'heroku', dyno: string, message: string): void {
    const line: LogLine = { time: new Date(), source, dyno, message };
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    for (const follower of this.#followers) follower(line);
  }

  lines(filter: LogFilter = {}): LogLine[] {
    return this.#lines.filter((line) => isWanted(line, filter));
  }

  /** Calls `onLine` for each new line until the returned function is called. */
  follow(filter: LogFilter, onLine: (line: LogLine) => void): () => void {
    const follower = (line: LogLine) => {
      if (isWanted(line, filter)) onLine(line);
    };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** As Heroku's log streams write it: `2026-01-02T03:04:05.678000+00:00 heroku[web.1]: State changed from starting to up`. */
export function formatLogLine(line: LogLine): string {
  return `${line.time.toISOString().replace('Z', '000+00:00')} ${line.source}[${line.dyno}]: ${line.message}`;
}

const typeOf = ({ dyno }: LogLine): string => dyno.replace(/\.\d+$/, '');

function isWanted(line: LogLine, filter: LogFilter): boolean {
  return (
    (filter.source === undefined || filter.source === line.source) &&
    (filter.dyno === undefined || filter.dyno === line.dyno || filter.dyno === typeOf(line)) &&
    (filter.type === undefined || filter.type === typeOf(line))
  );
}
