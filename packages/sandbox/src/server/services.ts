import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { Assumptions } from './assumptions.ts';
import { standInImages } from '../base/base-images.ts';
import { createHubMirror } from '../base/hub-mirror.ts';
import { ociLayoutImages } from '../base/oci-layout.ts';
import type { DynoKind, DynoRunner } from '../dynos/dyno.ts';
import { lazyRunner } from '../dynos/lazy-runner.ts';
import type { MoreAccess } from '../gitlab/access.ts';
import { createGitlabApi } from '../gitlab/handler.ts';
import { Projects } from '../gitlab/projects.ts';
import { TerraformStates } from '../gitlab/terraform-states.ts';
import { AppStore } from '../heroku/state/app-store.ts';
import { Rendezvous } from '../heroku/dynos/rendezvous.ts';
import { Pipelines } from '../heroku/state/pipelines.ts';
import type { Durations } from '../heroku/durations.ts';
import { createHerokuApi } from '../heroku/handler.ts';
import { withRetention } from '../heroku/apps/retention.ts';
import { Platform } from '../heroku/apps/platform.ts';
import { RateLimit } from '../heroku/api/rate-limit.ts';
import type { Service } from '../journal/journal.ts';
import type { ImageStore, TaggedImageStore } from '../registry/image-store.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { createRouter } from '../router/create-router.ts';
import { formatRouterLine } from '../router/routed-request.ts';
import type { Credentials, StateDirectory } from '../state/state-directory.ts';
import type { Clock } from '../time/clock.ts';
import type { IssuedCertificate } from '../tls/ephemeral-authority.ts';

export { defaultAssumptions } from './assumptions.ts';

export interface ServicesOptions {
  readonly directory: StateDirectory;
  readonly credentials: Credentials;
  readonly durations: Durations;
  readonly clock: Clock;
  readonly firstAppPort?: number;
  readonly foreignApps?: readonly string[];
  readonly baseImages?: Readonly<Record<string, string>>;
  readonly hubTokens?: boolean;
  readonly gitlab?: MoreAccess;
  readonly requestsPerHour?: number;
  readonly assumptions: Assumptions;
  readonly dynos?: DynoKind;
  readonly dynoMemoryMb?: number;
  /** Returns a certificate that is valid for 127.0.0.1. */
  readonly certificate: () => IssuedCertificate;
  /** Called for each request to an app. */
  readonly onAppRequest?: () => void;
}

/** The four services on one state directory, not yet on any port. */
export interface Services {
  readonly listeners: Readonly<Record<Service, RequestListener>>;
  readonly platform: Platform;
  readonly projects: Projects;
  readonly images: ImageStore;
  readonly registry: Registry;
  readonly assumptions: Assumptions;
  /** Stops all dynos and closes the apps' ports. */
  close(): Promise<void>;
}

/** How long dynos may take to end after SIGTERM when the sandbox closes. */
const closeGraceMs = 5000;

export async function openServices(options: ServicesOptions): Promise<Services> {
  const { directory, credentials, durations, clock, assumptions } = options;
  const registry = createRegistry({
    dir: directory.registry,
    clock,
    accounts: {
      authenticate: (_username, password) => password === credentials.apiKey,
      appId: (name) => platform.findAppByName(name)?.record.id,
    },
    assumptions,
  });
  const images: TaggedImageStore =
    assumptions.retention === 'applied'
      ? withRetention(registry.images, clock, (id) => platform.findApp(id)?.record)
      : registry.images;
  const runner = await openRunner(options, registry);
  const baseImages = [...(options.baseImages ? [ociLayoutImages(options.baseImages)] : []), standInImages];
  const router = createRouter({
    headMs: durations.requestHead,
    queueMs: durations.requestQueue,
    clock,
    firstByteMs: durations.requestTimeout,
    idleMs: durations.idleConnection,
    onRequest: (appId) => {
      options.onAppRequest?.();
      platform.findApp(appId)?.dynos.noteRequest();
    },
    onEnd: (appId, request) => platform.findApp(appId)?.log.write('heroku', 'router', formatRouterLine(request)),
  });
  const store = new AppStore(directory.heroku);
  const rendezvous = new Rendezvous(options.certificate);
  const platform = new Platform({
    rendezvous,
    apiKey: credentials.apiKey,
    store,
    pipelines: new Pipelines(join(directory.heroku, 'pipelines'), clock),
    images,
    removeImages: (appId) => registry.storage.removeRepositories(appId),
    runner,
    router,
    durations,
    clock,
    assumptions,
    ...(options.firstAppPort === undefined ? {} : { firstAppPort: options.firstAppPort }),
    ...(options.foreignApps ? { foreignApps: options.foreignApps } : {}),
  });
  const rateLimit = new RateLimit({
    now: () => clock.elapsed(),
    ...(options.requestsPerHour === undefined ? {} : { requestsPerHour: options.requestsPerHour }),
  });
  const projects = new Projects(directory.gitlab, clock);
  // Earlier versions stored repositories by the app's name.
  for (const { id, name } of store.load()) await registry.storage.moveRepositories(name, id);
  await platform.resume();
  return {
    listeners: {
      heroku: createHerokuApi({ platform, images, clock, assumptions, rateLimit }),
      registry: registry.handler,
      hub: createHubMirror({ dir: directory.hub, images: baseImages, tokens: options.hubTokens ?? false, clock })
        .handler,
      gitlab: createGitlabApi({
        projects,
        states: new TerraformStates(join(directory.gitlab, 'terraform-states')),
        token: credentials.gitlabToken,
        jobToken: credentials.gitlabJobToken,
        ...options.gitlab,
      }),
    },
    platform,
    projects,
    registry,
    images,
    assumptions,
    async close() {
      const grace = setTimeout(() => runner.kill(), Math.min(durations.killAfter, closeGraceMs));
      await platform.close();
      clearTimeout(grace);
      await Promise.all([router.close(), rendezvous.close()]);
      await runner.close();
    },
  };
}

async function openRunner(
  { directory, durations, dynos, dynoMemoryMb }: ServicesOptions,
  registry: Registry,
): Promise<DynoRunner> {
  const options = {
    dir: directory.dynos,
    images: registry.images,
    openBlob: (digest: string) => registry.openBlob(digest),
    killAfterMs: durations.killAfter,
  };
  if (dynos !== 'docker') {
    return lazyRunner(async () => (await import('../dynos/process/runner.ts')).createDynoRunner(options));
  }
  const { createDockerRunner } = await import('../dynos/docker/docker-runner.ts');
  return createDockerRunner({
    ...options,
    memoryCheckMs: durations.memoryCheck,
    ...(dynoMemoryMb === undefined ? {} : { memoryMb: dynoMemoryMb }),
  });
}
