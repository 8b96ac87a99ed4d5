/** A mistake that people make in their first hour, and what tozo says. */
export interface Mistake {
  readonly title: string;
  /** The command, without `tozo`. */
  readonly command: string;
  /** What differs from a project that works. Undefined: the file is missing. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly env?: NodeJS.ProcessEnv;
  /** What the deploy goes to: Heroku by default. */
  readonly to?: 'nothing';
  readonly code: number;
  /** The part of the output that says what happened: the page shows it from here to the end. */
  readonly says: RegExp;
  /** What to do next. */
  readonly next: RegExp;
}

export const deploy = 'deploy --yes';
export const json = (value: unknown): string => JSON.stringify(value);
export const config = (more: object, web: object = {}): Record<string, string> => ({
  'deploy.json': json({ processes: { web }, ...more }),
});
export const web = (health: object): Record<string, string> =>
  config({}, { health: { holdSeconds: 0.1, timeoutSeconds: 6, ...health } });
export const dockerfile = (lines: string): Record<string, string> => ({ Dockerfile: `FROM node:24-slim\n${lines}\n` });
export const start = (script: string, more: object = {}): Record<string, string> => ({
  'package.json': json({ name: 'shop', scripts: { start: script }, ...more }),
});
export const nothing = {
  'package.json': undefined,
  'deploy.json': undefined,
  Dockerfile: undefined,
  'server.js': undefined,
} as const;
