import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, isText, one } from '../check/check.ts';
import { appNamePattern } from '../heroku/apps/platform.ts';
import { isTime } from '../time/sandbox-time.ts';

export const text: Check = one(isText, 'a string without NUL');

export const appName: Check = one(
  (value) => isText(value) && appNamePattern.test(value),
  'an app name: 3 to 30 of a-z, 0-9 and -',
);

export const projectPath: Check = one(
  (value) => isText(value) && /^[\w.-]+(\/[\w.-]+)+$/.test(value),
  'a path, group/name',
);

export const layoutDirectory: Check = one(
  (value) => isText(value) && existsSync(join(value, 'index.json')),
  'the directory of an OCI image layout, with index.json',
);

export const time: Check = one(isTime, 'a time, such as 2027-01-31T12:00:00Z');
