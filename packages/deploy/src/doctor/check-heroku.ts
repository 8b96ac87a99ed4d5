import { type App, type HerokuClient, HerokuError, type Secret } from '@tozo/heroku-client';
import { RegistryPusherError } from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';
import type { ImagePublisher } from '../ports.ts';
import { problemsOf, readAccessibleApp } from '../state/check-app.ts';
import { readPreboot } from '../state/preboot.ts';
import { type Check, note, ok, problem, skipped } from './check.ts';

/** Creates a key and puts it into the shell's environment. */
export const createKey = 'export HEROKU_API_KEY="$(heroku authorizations:create --short --description tozo)"';

/** Below this, deploys of a team start to wait for each other. */
const fewRequests = 500;

/** Checks the key: whose it is, and when it expires. */
export async function checkKey(heroku: HerokuClient, key: Secret): Promise<Check> {
  const name = 'HEROKU_API_KEY';
  try {
    const { email, suspendedAt, delinquentAt } = await heroku.account.get();
    if (suspendedAt !== null) {
      return problem(name, `Heroku has suspended the account ${email}. Use another key.`, createKey);
    }
    if (delinquentAt !== null) {
      const text = `Payments are overdue for the account ${email}, so Heroku refuses changes.`;
      return problem(name, text, 'https://dashboard.heroku.com/account/billing');
    }
    const { text, seconds } = await readExpiry(heroku, key);
    const soon = seconds !== undefined && seconds < 7 * 24 * 60 * 60;
    return soon ? note(name, `of ${email}, ${text}`, createKey) : ok(name, `of ${email}, ${text}`);
  } catch (error) {
    if (!(error instanceof HerokuError)) throw error;
    const isAboutKey = error.code === 'UNAUTHORIZED' || error.code === 'TWO_FACTOR';
    if (error.code === 'FORBIDDEN')
      return note(name, "valid, but it may not read its account: whose it is isn't known");
    return problem(name, error.message, isAboutKey ? createKey : 'curl -sSI https://api.heroku.com');
  }
}

/** Finds the key among the account's authorizations. A key with a narrow scope may not list them. */
async function readExpiry(heroku: HerokuClient, key: Secret): Promise<{ text: string; seconds?: number }> {
  const unknown = { text: "its expiry can't be read" };
  try {
    const { body } = await heroku.request({ method: 'GET', path: '/oauth/authorizations', deadline: 10_000 });
    const tokens = (Array.isArray(body) ? body : []) as { access_token?: { token?: unknown; expires_in?: unknown } }[];
    const own = tokens.find(({ access_token: token }) => token?.token === key.reveal())?.access_token;
    if (!own) return unknown;
    if (typeof own.expires_in !== 'number') return { text: "doesn't expire" };
    return { text: `expires in ${Math.floor(own.expires_in / 86_400)} days`, seconds: own.expires_in };
  } catch (error) {
    if (!(error instanceof HerokuError)) throw error;
    return unknown;
  }
}

/** Checks the app: that it exists, and that images can be deployed to it. */
export async function checkHerokuApp(heroku: HerokuClient, name: string): Promise<Check[]> {
  let app: App;
  try {
    app = await readAccessibleApp(heroku, name);
  } catch (error) {
    if (!(error instanceof DeployError || error instanceof HerokuError)) throw error;
    const cause = error instanceof DeployError ? error.cause : error;
    const code = cause instanceof HerokuError ? cause.code : undefined;
    const remedies: Partial<Record<string, string>> = {
      NOT_FOUND: `heroku create ${name} --stack container`,
      FORBIDDEN: `heroku access:add EMAIL --permissions deploy,operate,view -a ${name}`,
    };
    return [problem('app', error.message, (code && remedies[code]) ?? `heroku apps:info -a ${name}`)];
  }
  const problems = problemsOf(app);
  const about = (kind: (typeof problems)[number]['about'], fine: string, remedy: string): Check => {
    const found = problems.find((candidate) => candidate.about === kind);
    return found ? problem(labels[kind], found.message, remedy) : ok(labels[kind], fine);
  };
  return [
    ok('app', `${name} exists, and this key may read it`),
    about(
      'generation',
      app.generation ?? 'unknown, assumed to be Cedar',
      `heroku create ${name}-cedar --stack container`,
    ),
    about('stack', app.buildStack, `heroku stack:set container -a ${name}`),
    about('maintenance', 'off', `heroku maintenance:off -a ${name}`),
    app.webUrl === null
      ? note('URL', `Heroku shows no URL for ${name}, so only its dynos can be checked`)
      : about('url', app.webUrl, 'unset HEROKU_API_URL'),
    await checkPreboot(heroku, name),
  ];
}

const labels = { generation: 'generation', stack: 'stack', maintenance: 'maintenance', url: 'URL' } as const;

async function checkPreboot(heroku: HerokuClient, app: string): Promise<Check> {
  const { preboot, unknowns } = await readPreboot(heroku, app, {});
  const [why] = unknowns;
  if (why) return note('Preboot', why);
  return preboot
    ? note('Preboot', 'on: after a release the old version responds for 3 minutes, and a deploy waits for that')
    : ok('Preboot', 'off');
}

export async function checkRateLimit(heroku: HerokuClient): Promise<Check> {
  const name = 'rate limit';
  try {
    const { remaining } = await heroku.rateLimit.get();
    const text = `${remaining} requests left of 4500 an hour`;
    return remaining < fewRequests ? note(name, `${text}: deploys slow down`, 'sleep 900') : ok(name, text);
  } catch (error) {
    if (!(error instanceof HerokuError)) throw error;
    return note(name, `can't be read: ${error.message}`);
  }
}

/** Checks that the registry accepts the key, by reading the image that the last deploy pushed. */
export async function checkRegistry(publisher: ImagePublisher, repository: string): Promise<Check> {
  const name = 'registry';
  try {
    const image = await publisher.readLatest(repository, {});
    return ok(name, image ? `accepts the key; ${repository} has an image` : `accepts the key; ${repository} is empty`);
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) throw error;
    const isRefused = error.code === 'REGISTRY_UNAUTHORIZED' || error.code === 'REGISTRY_DENIED';
    return isRefused
      ? problem(name, error.message, createKey)
      : note(name, `its last image can't be read, so nothing is reused: ${error.message}`);
  }
}

/** The checks of Heroku, as far as they can't be made. */
export function skipHeroku(why: string): Check[] {
  return ['app', 'stack', 'maintenance', 'URL', 'Preboot', 'rate limit', 'registry'].map((name) => skipped(name, why));
}
