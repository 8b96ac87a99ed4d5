import { callError } from '../errors.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const appName = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
const processType = /^[-\w]{1,128}$/;

/**
 * The path of an app, by its name or id.
 * @throws HerokuError OPTIONS_INVALID
 */
export function appPath(app: string): string {
  if (!uuid.test(app)) checkAppName(app);
  return `/apps/${app}`;
}

/** @throws HerokuError OPTIONS_INVALID */
export function checkAppName(name: string): void {
  if (appName.test(name)) return;
  throw callError(
    `"${name}" cannot be the name of a Heroku app: 3 to 30 characters, lower case letters, digits and hyphens, a letter first, no hyphen last.`,
  );
}

/** @throws HerokuError OPTIONS_INVALID */
export function checkProcessType(type: string): void {
  if (!processType.test(type))
    throw callError(`"${type}" cannot be a process type: letters, digits, "-" and "_", at most 128.`);
}

/**
 * The last part of a release's path: its id, or its version as 42 or "v42".
 * @throws HerokuError OPTIONS_INVALID
 */
export function releaseIdentity(idOrVersion: string | number): string {
  const text = String(idOrVersion);
  if (uuid.test(text)) return text;
  const version = /^v?([1-9]\d{0,9})$/.exec(text)?.[1];
  if (version === undefined) throw callError(`"${text}" is neither the id nor the version of a release, such as v42.`);
  return version;
}

/** @throws HerokuError OPTIONS_INVALID */
export function checkReleaseId(id: string): void {
  if (!uuid.test(id)) throw callError(`"${id}" is not the id of a release; releases.get(app, version) tells it.`);
}
