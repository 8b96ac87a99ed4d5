import type { DynoSpec } from './dyno.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns the image's Env, then the config vars, then Heroku's variables. Nothing comes from the sandbox's own environment. */
export function imageEnvironment(imageEnv: readonly string[], spec: DynoSpec): Record<string, string> {
  const own = Object.fromEntries(imageEnv.filter((entry) => entry.indexOf('=') > 0).map(splitEntry));
  return {
    PATH: defaultPath,
    ...own,
    ...spec.configVars,
    DYNO: spec.name,
    ...(spec.port !== undefined && { PORT: String(spec.port) }),
  };
}

function splitEntry(entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}
