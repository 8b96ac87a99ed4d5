import type { App, Dyno, HerokuClient } from '@tozo/heroku-client';
import { defaultHealthCheck, type DeployConfig } from '../config/schema.ts';
import { hasIdleWeb, idleWeb } from '../outcome/sentences.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { type Expectation, judgeNow } from '../steps/health.ts';
import type { Look } from '../steps/judge-dynos.ts';
import type { AppStatus, StatusHealth, StatusProcess } from './status.ts';

export interface CheckedApp {
  readonly app: string;
  readonly version: number;
  /** Null without a URL that the app responds at. */
  readonly url: string | null;
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  readonly config: DeployConfig;
  /** The record of what runs. */
  readonly record: DeployRecord | undefined;
}

/**
 * Returns what makes the running release healthy now: the health check of its own deploy, or else deploy.json's. Process
 * types of others don't count.
 */
function expectationNow({ app, version, url, formation, config, record }: CheckedApp): Expectation {
  const ours = Object.entries(formation).filter(
    ([type]) => type !== 'release' && (config.processes[type] ?? record?.images[type]) !== undefined,
  );
  const { versionHeader, marker } = record ?? {};
  return {
    app,
    version,
    url,
    dynos: Object.fromEntries(ours),
    health: { ...defaultHealthCheck, ...(record?.health ?? config.processes.web?.health) },
    ...(versionHeader && marker ? { marker: { header: versionHeader, value: marker } } : {}),
    overlapSeconds: 0,
    holdSeconds: 0,
    successes: 1,
  };
}

/** A look at what runs, and what was expected of it. */
interface StatusLook {
  readonly look: Look;
  readonly expectation: Expectation;
  readonly isInMaintenance: boolean;
}

/** Looks once at an app. In maintenance mode only its dynos count, also if it was turned on after the app was read. */
export async function lookNow(
  heroku: HerokuClient,
  { maintenance, ...app }: CheckedApp & Pick<App, 'maintenance'>,
  dynos: readonly Dyno[],
  signal: AbortSignal | undefined,
): Promise<StatusLook> {
  const expectation = expectationNow(maintenance ? { ...app, url: null } : app);
  const look = await judgeNow(heroku, dynos, expectation, signal);
  if (look.kind === 'maintenance') return lookNow(heroku, { ...app, maintenance: true }, dynos, signal);
  return { look, expectation, isInMaintenance: maintenance };
}

export function healthOf(
  look: Look,
  { url, dynos, marker }: Expectation,
  record: DeployRecord | undefined,
): StatusHealth {
  const hasResponse = url !== null && (dynos['web'] ?? 0) > 0;
  return {
    by: hasResponse ? (record ? 'record' : 'deploy.json') : 'dynos',
    observation: look.text,
    versionProven: look.kind === 'healthy' && hasResponse && marker !== undefined,
  };
}

/** Returns the state of the running release, and how it ends `NAME RUNS vN`. */
export function verdictNow(
  look: Look,
  { dynos, url }: Expectation,
): { readonly state: AppStatus['state']; readonly text: string } {
  if (Object.values(dynos).every((quantity) => quantity === 0)) {
    return { state: 'nothing-to-check', text: ': no dyno is set to run, so nothing was checked' };
  }
  if (look.kind === 'starting') return { state: 'starting', text: `, which is starting: ${look.text}` };
  if (look.kind !== 'healthy') return { state: 'unhealthy', text: `, WHICH IS UNHEALTHY: ${look.text}` };
  if (hasIdleWeb({ dynos })) return { state: 'nothing-to-check', text: `: ${look.text}; ${idleWeb}` };
  return { state: 'healthy', text: `: healthy${url === null ? ', as far as its dynos show' : `  ${url}`}` };
}

export function countProcesses(
  formation: Readonly<Record<string, number>>,
  dynos: readonly Dyno[],
  version: number,
  images: Readonly<Record<string, string>>,
): StatusProcess[] {
  return Object.entries(formation)
    .filter(([type]) => type !== 'release')
    .map(([type, expected]) => {
      const up = dynos.filter(
        (dyno) => dyno.type === type && dyno.release.version === version && ['up', 'idle'].includes(dyno.state),
      ).length;
      const image = images[type];
      return { type, expected, up, ...(image ? { image } : {}) };
    });
}
