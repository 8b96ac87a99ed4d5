import { callError } from '../errors.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const appName = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
const processType = /^[-\w]{1,128}$/;

/**
 * Returns the path of an app.
 * @param app its name or ID
 * @throws HerokuError OPTIONS_INVALID
 */
export function appPath(app: string): string {
  if (!uuid.test(app)) assertAppName(app);
  return `/apps/${app}`;
}

/** @throws HerokuError OPTIONS_INVALID */
export function assertAppName(name: string): void {
  if (appName.test(name)) return;
  throw callError(
    `"${name}" isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter and not ending with a dash.`,
  );
}

/** @throws HerokuError OPTIONS_INVALID */
export function assertProcessType(type: string): void {
  if (!processType.test(type))
    throw callError(`"${type}" isn't a process type: use letters, digits, "-" and "_", at most 128.`);
}

/**
 * Returns the last part of a release's path.
 * @param idOrVersion its ID, or its version as 42 or "v42"
 * @throws HerokuError OPTIONS_INVALID
 */
export function releaseIdentity(idOrVersion: string | number): string {
  const text = String(idOrVersion);
  if (uuid.test(text)) return text;
  const version = /^v?([1-9]\d{0,9})$/.exec(text)?.[1];
  if (version === undefined) throw callError(`"${text}" isn't a release's ID or version, such as v42.`);
  return version;
}

/** @throws HerokuError OPTIONS_INVALID */
export function assertReleaseId(id: string): void {
  if (!uuid.test(id)) throw callError(`"${id}" isn't a release's ID: get it with releases.get(app, version).`);
}
