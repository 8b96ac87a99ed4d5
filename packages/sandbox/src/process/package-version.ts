import { readFileSync } from 'node:fs';

/** The version of this @tozo/sandbox. */
export const packageVersion: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
