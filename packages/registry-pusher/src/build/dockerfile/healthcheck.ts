import { parseCommandLine } from './command-line.ts';
import type { Flags } from './flags.ts';
import type { Healthcheck } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';

const nanoseconds = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;
const durationGrammar = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)/;

/** `NONE`, or `CMD` and a command in either form. @see https://docs.docker.com/reference/dockerfile/#healthcheck */
export function parseHealthcheck(rest: string, flags: Flags, line: number): Healthcheck {
  const [kind = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(rest)?.slice(1) ?? [];
  if (kind.toUpperCase() === 'NONE') {
    if (command !== '') throw dockerfileInvalid(line, 'HEALTHCHECK NONE takes no arguments.');
    return { Test: ['NONE'] };
  }
  if (kind.toUpperCase() !== 'CMD') throw dockerfileInvalid(line, 'HEALTHCHECK takes NONE, or CMD and a command.');
  const parsed = parseCommandLine(command, line);
  if (parsed.form === 'exec' ? parsed.words.length === 0 : parsed.line === '')
    throw dockerfileInvalid(line, 'HEALTHCHECK CMD needs a command.');
  const duration = (name: string) => parseDuration(name, flags.values.get(name), line);
  return {
    Test: parsed.form === 'exec' ? ['CMD', ...parsed.words] : ['CMD-SHELL', parsed.line],
    ...named('Interval', duration('interval')),
    ...named('Timeout', duration('timeout')),
    ...named('StartPeriod', duration('start-period')),
    ...named('StartInterval', duration('start-interval')),
    ...named('Retries', parseRetries(flags.values.get('retries'), line)),
  };
}

function named<K extends string>(key: K, value: number): { [k in K]?: number } {
  return (value === 0 ? {} : { [key]: value }) as { [k in K]?: number };
}

function parseDuration(name: string, text: string | undefined, line: number): number {
  if (text === undefined || text === '' || text === '0') return 0;
  let total = 0;
  let rest = text;
  while (rest !== '') {
    const part = durationGrammar.exec(rest)?.[0];
    if (part === undefined) throw dockerfileInvalid(line, `--${name}=${text} is not a duration such as 30s or 1m30s.`);
    const unit = /[a-zµ]+$/.exec(part)![0] as keyof typeof nanoseconds;
    total += Number.parseFloat(part) * nanoseconds[unit];
    rest = rest.slice(part.length);
  }
  if (total !== 0 && total < nanoseconds.ms) throw dockerfileInvalid(line, `--${name}=${text} is less than 1ms.`);
  return Math.round(total);
}

function parseRetries(text: string | undefined, line: number): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw dockerfileInvalid(line, `--retries=${text} is not a number from 0 up.`);
  return Number(text);
}
