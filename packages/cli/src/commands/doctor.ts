import {
  type Check,
  type CheckedBuild,
  checkConfig,
  checkHerokuApp,
  checkKey,
  checkRateLimit,
  checkRegistry,
  checkState,
  checkValues,
  connectServices,
  createKey,
  type DeployConfig,
  ok,
  type PreparedBuild,
  problem,
  skipHeroku,
  skipped,
} from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { cleanStrings } from '../output/clean.ts';
import { printable } from '../output/printable.ts';
import { chooseTarget, type Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { checkInfrastructure } from './check-infrastructure.ts';
import { checkPipeline } from './check-pipeline.ts';
import { declaredSecrets } from './declared-secrets.ts';
import { herokuAddresses } from './destination.ts';
import { checkDeployBuild, checkReuse } from './doctor-build.ts';
import { checkGit, checkGitlab, checkNode, checkSandbox } from './doctor-checks.ts';
import { findPlace, type Place } from './place.ts';
import type { AppOptions } from './running-app.ts';

export interface DoctorOptions extends AppOptions {
  readonly json?: boolean;
}

/** `tozo doctor`: checks everything that a deploy needs, in order. Starts and changes nothing. Returns the exit code. */
export async function doctorCommand(options: DoctorOptions, context: CommandContext): Promise<number> {
  const { stdout, redaction } = context;
  const checks: Check[] = [];
  for await (const check of runChecks(options, context)) {
    const clean = cleanStrings(check, redaction);
    checks.push(clean);
    if (!options.json) print(clean, context);
  }
  const problems = checks.filter(({ state }) => state === 'problem');
  if (options.json) stdout.writeJson({ ok: problems.length === 0, checks }, 2);
  else {
    const text = problems.length === 0 ? 'ALL WELL' : `TO FIX: ${problems.map((found) => found.name).join(', ')}`;
    stdout.write({ style: problems.length === 0 ? 'green' : 'red', text }, '\n');
  }
  return problems.length === 0 ? 0 : 1;
}

async function* runChecks(options: DoctorOptions, context: CommandContext): AsyncGenerator<Check> {
  const { cwd, env, redaction } = context;
  const { environment } = options;
  const chosen = chooseOrExplain(env, options);
  const kind = 'target' in chosen ? chosen.target.kind : 'heroku';
  yield checkNode();
  yield await checkGit(cwd);
  const { check, config, assumed } = await checkConfig(cwd, environment, kind);
  yield check;
  let build: CheckedBuild | undefined;
  const place = config && 'target' in chosen ? await findOrExplain(chosen.target, config, context) : undefined;
  if (config) {
    const values = place && 'place' in place ? place.place.env : env;
    redaction.add(declaredSecrets(config, values));
    build = await checkDeployBuild(config, kind, values, context);
    yield build.check;
    yield checkValues(config, values, kind);
  } else {
    yield assumed
      ? (await checkDeployBuild(assumed, kind, env, context)).check
      : skipped('Dockerfile', 'needs deploy.json');
    yield skipped('variables', 'needs deploy.json');
  }
  yield await checkState();
  yield* checkTarget(chosen, { config, place, prepared: build?.prepared }, context);
  yield* checkGitlab(config, environment, env);
  yield* checkPipeline(cwd, env);
  yield* checkInfrastructure(config, context);
  yield await checkSandbox(kind === 'sandbox');
}

type Chosen = { readonly target: Target } | { readonly check: Check };

/** Returns where a deploy would go. Heroku is meant unless the sandbox is asked for. */
function chooseOrExplain(env: NodeJS.ProcessEnv, { sandbox = false, environment }: DoctorOptions): Chosen {
  const name = 'HEROKU_API_KEY';
  try {
    const target = chooseTarget(env, { sandbox, environment });
    const isMissing = target.kind === 'sandbox' && target.text !== 'sandbox';
    return isMissing
      ? { check: problem(name, "isn't set, so deploys go to the sandbox (--sandbox checks that).", createKey) }
      : { target };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message } = error;
    const [, variable] = /^(HEROKU_(?:API|REGISTRY)_URL)/.exec(message) ?? [];
    return { check: problem(variable ?? name, message, variable ? `unset ${variable}` : createKey) };
  }
}

async function findOrExplain(
  target: Target,
  config: DeployConfig,
  { cwd, env }: CommandContext,
): Promise<{ readonly place: Place } | { readonly check: Check }> {
  try {
    return { place: await findPlace(target, config, cwd, env) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { check: problem('app', error.message, 'export HEROKU_APP=NAME') };
  }
}

/** What this machine's part of the checks found. */
interface CheckedProject {
  readonly config: DeployConfig | undefined;
  readonly place: { readonly place: Place } | { readonly check: Check } | undefined;
  readonly prepared: PreparedBuild | undefined;
}

async function* checkTarget(
  chosen: Chosen,
  { config, place, prepared }: CheckedProject,
  context: CommandContext,
): AsyncGenerator<Check> {
  if ('check' in chosen) {
    yield chosen.check;
    return yield* skipHeroku('needs HEROKU_API_KEY');
  }
  const { target } = chosen;
  if (target.kind === 'sandbox') {
    yield ok('target', 'the sandbox: it needs no key and creates the app');
    if (place && 'check' in place) yield place.check;
    return;
  }
  const addresses = herokuAddresses(target, context.env['TOZO_DOCKER_HUB_MIRROR']);
  const services = connectServices(addresses);
  services.onWarning(() => undefined);
  try {
    const key = await checkKey(services.heroku, addresses.apiKey);
    yield key;
    if (key.state === 'problem') return yield* skipHeroku('needs a key that works');
    if (place === undefined) return yield* skipHeroku('needs deploy.json');
    if ('check' in place) {
      yield place.check;
      return yield* skipHeroku('needs the name of the app').slice(1);
    }
    const { app } = place.place;
    const checks = await checkHerokuApp(services.heroku, app);
    yield* checks;
    yield await checkRateLimit(services.heroku);
    const [type = 'web'] = Object.keys(config?.processes ?? {});
    if (checks[0]?.state !== 'ok') return yield skipped('registry', 'needs the app');
    yield await checkRegistry(services.images.publisher, `${app}/${type}`);
    if (config) yield* checkReuse(services, config, prepared, { target, place: place.place }, context);
  } finally {
    await services.close();
  }
}

const styles = { ok: 'green', note: 'yellow', problem: 'red', skipped: 'dim' } as const;
const marks = { ok: 'ok', note: 'note', problem: 'fix', skipped: '-' };

function print({ name, state, text, remedy }: Check, { stdout }: CommandContext): void {
  const [first = '', ...more] = text.split('\n');
  const indent = ' '.repeat(24);
  stdout.write(
    { style: styles[state], text: `  ${marks[state].padEnd(5)}` },
    printable(`${name.padEnd(16)} ${first}`),
    '\n',
  );
  for (const line of more) stdout.write(printable(`${indent}${line}`), '\n');
  if (remedy) stdout.write(printable(`${indent}$ ${remedy}`), '\n');
}
