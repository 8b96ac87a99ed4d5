/** One line of an app's log, as Logplex writes it: `2026-01-02T03:04:05.678000+00:00 app[web.1]: text`. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly source: string;
  /** `web.1`, `release.1234`, `router`, `api`. */
  readonly process: string;
  readonly text: string;
}

/** Returns the parts of a log line, or undefined if it isn't one. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, time = '', source = '', process = '', text = ''] = /^(\S+) ([\w-]+)\[([^\]]+)\]: ?(.*)$/s.exec(line) ?? [];
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : { time: milliseconds, source, process, text };
}

/** Returns what a log says about why a version doesn't start, as a sentence with the remedy; undefined if nothing known. */
export function diagnose(lines: readonly LogLine[]): string | undefined {
  for (const [pattern, explain] of causes) {
    for (const line of lines) {
      const match = pattern.exec(line.text);
      if (match) return explain(line.process, match, lines);
    }
  }
  return undefined;
}

type Explain = (process: string, match: RegExpExecArray, lines: readonly LogLine[]) => string;

const wantedPort = 'the port in $PORT, on all addresses (0.0.0.0)';

/** Quotes what the process itself logged about where it listens: Heroku doesn't show that. */
function quoteListening(process: string, lines: readonly LogLine[]): string {
  const said = lines.findLast(
    (line) =>
      line.source === 'app' &&
      line.process === process &&
      /\b(?:listen|serv|run|start|ready|bound)\w*\b.*?(?::|\bport\W{1,3})\d{2,5}\b/i.test(line.text),
  );
  return said ? `. Its log says: "${said.text.trim().slice(0, longestQuote)}"` : '';
}

const longestQuote = 120;

/** In order of how sure they are. @see https://devcenter.heroku.com/articles/error-codes */
const causes: readonly (readonly [RegExp, Explain])[] = [
  [/exec format error/i, (process) => `${process} can't run on this CPU: build the image for linux/amd64`],
  [
    /Cannot find module '([^']+)'/,
    (process, [, name]) => `${process} doesn't find "${name}": is it in the image, and not ignored by .dockerignore?`,
  ],
  [
    /(?:exec: |spawn |sh: \d*:? ?)"?([^\s":]+)"?:? (?:executable file not found|ENOENT|not found|no such file)/i,
    (process, [, name]) => `${process} runs "${name}", which the image doesn't contain`,
  ],
  [
    /^The process listens on (.+), and not on \$PORT, which is \d+$/,
    (process, [, addresses]) => `${process} listens on ${addresses}, instead of ${wantedPort}`,
  ],
  [
    /Error R10 \(Boot timeout\)/,
    (process, _, lines) =>
      `${process} doesn't listen on ${wantedPort}, within 60 seconds${quoteListening(process, lines)}`,
  ],
  [/Error R14|Error R15/, (process) => `${process} needs more memory than its dyno has`],
];
