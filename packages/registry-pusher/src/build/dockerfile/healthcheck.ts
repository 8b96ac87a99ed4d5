import { parseCommandLine } from './command-line.ts';
import type { Flags } from './flags.ts';
import type { Healthcheck } from './instruction.ts';
import { dockerfileInvalidError } from './errors.ts';

const nanoseconds = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;
const durationGrammar = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)/;

/** Parses `NONE`, or `CMD` and a command in either form. @see https://docs.docker.com/reference/dockerfile/#healthcheck */
export function parseHealthcheck(rest: string, flags: Flags, line: number): Healthcheck {
  const [kind = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(rest)?.slice(1) ?? [];
  if (kind.toUpperCase() === 'NONE') {
    if (command !== '') throw dockerfileInvalidError(line, 'HEALTHCHECK NONE accepts no arguments.');
    return { Test: ['NONE'] };
  }
  if (kind.toUpperCase() !== 'CMD') throw dockerfileInvalidError(line, 'HEALTHCHECK needs NONE, or CMD and a command.');
  const parsed = parseCommandLine(command, line);
  if (parsed.form === 'exec' ? parsed.words.length === 0 : parsed.line === '')
    throw dockerfileInvalidError(line, 'HEALTHCHECK CMD needs a command.');
  const duration = (name: string) => parseDuration(name, flags.values.get(name), line);
  return {
    Test: parsed.form === 'exec' ? ['CMD', ...parsed.words] : ['CMD-SHELL', parsed.line],
    ...omitZero('Interval', duration('interval')),
    ...omitZero('Timeout', duration('timeout')),
    ...omitZero('StartPeriod', duration('start-period')),
    ...omitZero('StartInterval', duration('start-interval')),
    ...omitZero('Retries', parseRetries(flags.values.get('retries'), line)),
  };
}

function omitZero<K extends string>(key: K, value: number): { [k in K]?: number } {
  return (value === 0 ? {} : { [key]: value }) as { [k in K]?: number };
}

function parseDuration(name: string, text: string | undefined, line: number): number {
  if (text === undefined || text === '' || text === '0') return 0;
  let total = 0;
  let rest = text;
  while (rest !== '') {
    const part = durationGrammar.exec(rest)?.[0];
    if (part === undefined)
      throw dockerfileInvalidError(line, `--${name}=${text} isn't a duration: write it as 30s or 1m30s.`);
    const unit = /[a-zµ]+$/.exec(part)![0] as keyof typeof nanoseconds;
    total += Number.parseFloat(part) * nanoseconds[unit];
    rest = rest.slice(part.length);
  }
  if (total !== 0 && total < nanoseconds.ms)
    throw dockerfileInvalidError(line, `--${name}=${text} is below the minimum of 1ms.`);
  return Math.round(total);
}

function parseRetries(text: string | undefined, line: number): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw dockerfileInvalidError(line, `--retries=${text} must be an integer, 0 or more.`);
  return Number(text);
}
