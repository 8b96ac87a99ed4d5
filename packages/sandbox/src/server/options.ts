import {
  assertNone,
  type Check,
  flag,
  isText,
  keyBy,
  list,
  listOfDifferent,
  mapOf,
  object,
  one,
  oneOf,
  port,
  wholeNumber,
} from '../check/check.ts';
import { herokuDurations } from '../heroku/durations.ts';
import { isRecord } from '../http/exchange.ts';
import type { Service } from '../journal/journal.ts';
import { isRepository } from '../registry/grammar.ts';
import { checkSeed } from '../seed/seed.ts';
import { appName, layoutDirectory, projectPath, text, time } from '../seed/values.ts';
import { assumptionSwitches } from './assumptions.ts';
import type { SandboxOptions } from './sandbox.ts';
import { allServices } from './service-names.ts';
import type { StartRegistryOptions } from './registry-options.ts';

type Checks<Options> = Readonly<Record<keyof Options, Check>>;

const isSecret = (value: unknown): boolean => typeof value === 'string' && /^(?!\s)\P{Cc}+(?<!\s)$/u.test(value);
const secret = one(isSecret, 'a string that is not empty, without line breaks');
const directory = one((value) => isText(value) && value !== '', 'a directory');
const itself = (item: unknown): string | undefined => (typeof item === 'string' ? item : undefined);

const ms = one((value) => Number.isFinite(value) && Number(value) >= 0, 'a number of milliseconds from 0');
const severalMs: Check = (value, path) =>
  Array.isArray(value) && value.length === 0 ? [`${path} must have an item`] : list(ms)(value, path);

const durations = object(
  Object.fromEntries(
    Object.entries(herokuDurations).map(([name, value]) => [name, Array.isArray(value) ? severalMs : ms]),
  ),
);

/** A number has a limit of one's own; anything else is one of the two values. */
const assumptions = object(
  Object.fromEntries(
    Object.entries(assumptionSwitches).map(([name, { values }]) => [
      name,
      name.startsWith('max') ? wholeNumber(1) : oneOf(...values),
    ]),
  ),
);

const token = object(
  {
    token: secret,
    role: oneOf('developer', 'maintainer'),
    scopes: list(oneOf('api', 'read_api')),
    permissions: list(
      one((value) => isText(value) && /^[A-Z][\w ]*: [A-Z]\w*$/.test(value), 'a permission, such as Variable: Read'),
    ),
  },
  'token',
);

const gitlab = object({
  tokens: listOfDifferent(
    token,
    keyBy(({ token: value }) => [value]),
  ),
  jobPermissions: list(
    one((value) => isText(value) && /^(READ|ADMIN)_\w+$/i.test(value), 'a permission, such as READ_DEPLOYMENTS'),
  ),
});

const services: Check = (value, path) =>
  Array.isArray(value) && value.length === 0
    ? [`${path} must have some of ${allServices.join(', ')}`]
    : listOfDifferent(oneOf(...allServices), itself)(value, path);

const fields: Checks<SandboxOptions> = {
  services,
  dir: directory,
  ports: object(Object.fromEntries(allServices.map((name) => [name, port]))),
  tls: (value, path) => {
    if (isRecord(value)) return object({ port })(value, path);
    return typeof value === 'boolean' ? [] : [`${path} must be true, false or an object with a port`];
  },
  apiKey: secret,
  apps: listOfDifferent(appName, itself),
  seed: checkSeed,
  foreignApps: list(appName),
  projects: listOfDifferent(projectPath, (item) => itself(item)?.toLowerCase()),
  gitlab,
  firstAppPort: port,
  baseImages: mapOf(isRepository, "isn't a repository, such as library/node", layoutDirectory),
  hubTokens: flag,
  requestsPerHour: wholeNumber(1),
  assumptions,
  dynos: oneOf('process', 'docker'),
  dynoMemoryMb: wholeNumber(1),
  time,
  durations,
};

const checkFields = object(fields);

/** Throws OPTION_INVALID with everything that is wrong. Callers in JavaScript have no other check. */
export function assertSandboxOptions(options: SandboxOptions): void {
  const problems = checkFields(options, '');
  assertNone(problems.length > 0 ? problems : contradictionsIn(options), 'startSandbox', 'the options have');
}

/** Returns what is wrong with options that are valid one by one. */
function contradictionsIn({ services: served = allServices, ports = {}, ...options }: SandboxOptions): string[] {
  const { apps = [], foreignApps = [], dynoMemoryMb, dynos } = options;
  const unserved = (Object.keys(ports) as Service[]).filter((name) => !served.includes(name));
  return [
    ...unserved.map((name) => `ports.${name} needs the service ${name}`),
    ...apps.flatMap((name, index) => (foreignApps.includes(name) ? [`apps[${index}] is one of foreignApps`] : [])),
    ...(dynoMemoryMb !== undefined && dynos !== 'docker' ? ["dynoMemoryMb needs dynos: 'docker'"] : []),
  ];
}

const registryFields: Checks<StartRegistryOptions> = {
  dir: directory,
  port,
  login: object(
    {
      kind: oneOf('basic', 'bearer'),
      username: one((value) => isText(value) && !value.includes(':'), 'a string without colons'),
      password: text,
      tokenSeconds: one((value) => Number.isFinite(value) && Number(value) > 0, 'a number of seconds above 0'),
    },
    'kind',
    'username',
    'password',
  ),
  choices: object({ mounts: flag, chunkedUploads: flag, locations: oneOf('absolute', 'relative') }),
};

const checkRegistryFields = object(registryFields);

/** Throws OPTION_INVALID with everything that is wrong. */
export function assertRegistryOptions(options: StartRegistryOptions): void {
  assertNone(checkRegistryFields(options, ''), 'startRegistry', 'the options have');
}
