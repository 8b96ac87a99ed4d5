import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildDirect,
  checkContext,
  createRegistryClient,
  dockerCredentials,
  gitlabCachePlace,
  type HandedOver,
  layoutReference,
  parseImageReference,
  probeExecutor,
  readCache,
  withGitlabJob,
  writeCache,
} from '@tozo/registry-pusher';
import type { DeployConfig } from '../config/schema.ts';
import { resolveValues } from '../config/values.ts';
import type { RunReuseRules } from '../request.ts';
import { handoverDirectory, handoverRepository, writeHandover } from './handover-file.ts';
import { buildPaths } from './prepare-build.ts';

/** An image to build for a deploy in another job. */
export interface HandoverRequest {
  /** Where deploy.json is, absolute. */
  readonly directory: string;
  readonly config: DeployConfig;
  /** The project's name, which no other project of the repository has. */
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runReuse: RunReuseRules;
  /** A mirror of Docker Hub. */
  readonly hubUrl?: string;
  readonly signal?: AbortSignal;
  readonly onLine: (line: string) => void;
}

/**
 * Builds a project's image for a job that deploys it, and hands it over: through the project's registry in a GitLab job, else as
 * an OCI layout. Results of RUN come from the cache in that registry. The image has no commit's label, so the result depends on
 * the files only.
 * @throws DeployError ENVIRONMENT_INVALID; RegistryPusherError
 */
export async function buildForHandover(request: HandoverRequest): Promise<HandedOver> {
  const { directory, config, project, env, runReuse, onLine } = request;
  const options = request.signal === undefined ? {} : { signal: request.signal };
  // Config vars reach the app from Heroku, and not the image.
  const { buildArgs, buildSecrets } = resolveValues({ ...config, configVars: {} }, env);
  const secrets = Object.fromEntries(Object.entries(buildSecrets).map(([id, secret]) => [id, secret.reveal()]));
  const build = { ...buildPaths(directory, config), buildArgs, secrets: Object.values(secrets) };
  const probed = await probeExecutor();
  const checked = await checkContext(build, { ...options, canRun: true });
  const hasRun = checked.dockerfile.instructions.some(({ keyword }) => keyword === 'RUN');
  if (hasRun && probed.executor) onLine(`RUN is reused, or executed ${probed.executor.description}`);
  const registry = createRegistryClient({
    endpoints: request.hubUrl ? { 'docker.io': { url: request.hubUrl } } : {},
    credentials: withGitlabJob(dockerCredentials({ env }), env),
  });
  try {
    const place = gitlabCachePlace(env, project);
    const skipping = { ...options, onSkipped: onLine };
    const cache = place === undefined ? Promise.resolve([]) : readCache(registry, place, skipping);
    const now = Math.floor(Date.now() / 1000);
    const reuse = { now, maxAge: runReuse.maxAge, disabled: runReuse.isOff ? '--no-cache' : undefined };
    const hasLayer: RegistryHasLayer = ({ from, descriptor }) => registry.hasBlob(from, descriptor, options);
    const { executor, reason: whyNoExecutor } = probed;
    const run = { executor, whyNoExecutor, secrets, onLine, reuse: { ...reuse, hasLayer } };
    const built = await buildDirect(build, { registry, checked, cache, run, ...options });
    await using _files = { [Symbol.asyncDispose]: built.close };
    for (const warning of built.warnings) onLine(`warning: ${warning}`);
    if (place !== undefined) {
      const entries = { own: built.cacheEntries ?? [], earlier: await cache, oldest: now - runReuse.maxAge };
      await writeCache(registry, place, entries, skipping);
    }
    const out = join(directory, handoverDirectory);
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const repository = handoverRepository(env);
    const target =
      repository === undefined
        ? layoutReference(out, 'latest')
        : parseImageReference(`${repository}:${built.image.imageId.slice('sha256:'.length)}`);
    const { manifestDigest } = await registry.push(built.image, target, options);
    const { tag: _, ...named } = target;
    const handed: HandedOver = { from: { ...named, digest: manifestDigest }, sourceDigest: built.sourceDigest };
    await writeHandover(out, handed);
    return handed;
  } finally {
    await registry.close();
  }
}

type RegistryHasLayer = (layer: {
  readonly from: { readonly registry: string; readonly repository: string };
  readonly descriptor: Parameters<ReturnType<typeof createRegistryClient>['hasBlob']>[1];
}) => Promise<boolean>;
