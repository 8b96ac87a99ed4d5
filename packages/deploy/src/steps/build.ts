import { join } from 'node:path';
import type { ImageReference, LockUse, PreviousImage } from '@tozo/registry-pusher';
import { inTheBackground } from '../background.ts';
import { DeployError } from '../errors.ts';
import { buildDescribed, describe, type Described, prepareBuild, type PreparedBuild } from '../describe.ts';
import { count } from '../format.ts';
import type { PreviousImages } from '../previous-images.ts';
import type { Run } from '../run.ts';
import type { EngineAccess, Services } from '../services.ts';

/**
 * Local checks: what cannot become an image is refused before any request is sent.
 * @throws RegistryPusherError; DeployError ARTIFACT_CHANGED
 */
export async function prepareStep({ request, signal }: Run): Promise<PreparedBuild> {
  const { config, folder, values, revision, builder, contextDigest, cacheDirectory } = request;
  const prepared = await prepareBuild(
    {
      context: join(folder, config.context),
      dockerfile: join(folder, config.dockerfile),
      buildArgs: values.buildArgs,
      secrets: values.secrets.map((secret) => secret.reveal()),
      ...(revision ? { revision } : {}),
      ...(cacheDirectory ? { cacheDirectory } : {}),
    },
    builder,
    signal,
  );
  const actual = contextDigest && (await prepared.checked?.digest());
  if (contextDigest && actual !== contextDigest) {
    throw new DeployError(
      'ARTIFACT_CHANGED',
      `What ${folder} would be deployed from is not what the earlier job built: that was ${contextDigest}, the files here are ${actual ?? 'for the Docker builder, which cannot compare them'}. Run the pipeline again from the build.`,
    );
  }
  return prepared;
}

/** Begins to describe what would be built; with the direct builder that is the build: what is left is to send it. */
export function beginDescribing(
  run: Run,
  { registry }: Services,
  previous: Promise<PreviousImages>,
  prepared: PreparedBuild,
  signal: AbortSignal,
): Promise<Described> {
  const { config, target, pin, verifyReuse = false } = run.request;
  const lock = lockUse(target.kind, pin);
  const reusable = inTheBackground(previous.then((images) => images.reusable.previous));
  return describe(config, prepared, { registry, verifyReuse, lock, previous: reusable, signal });
}

/** Waits for the description, and tells it. */
export async function describeStep(
  run: Run,
  { choice }: PreparedBuild,
  describing: Promise<Described>,
): Promise<Described> {
  return choice.builder === 'docker' ? describing : run.step('build', () => describing, summary);
}

/** The sandbox's bases are stand-ins: no digest of theirs is anyone else's. */
function lockUse(kind: 'heroku' | 'sandbox', pin = false): LockUse {
  if (kind === 'sandbox') return 'ignore';
  return pin ? 'write' : 'honour';
}

/** Builds with a Docker Engine what could only be described in part. */
export async function buildStep(
  run: Run,
  { registry, engine }: Services,
  { reusable }: PreviousImages,
  prepared: PreparedBuild,
): ReturnType<typeof buildDescribed> {
  const { config, target, values } = run.request;
  const secrets = Object.entries(values.buildSecrets).map(([id, secret]) => [id, secret.reveal()]);
  const options = {
    registry,
    ...reusable,
    ...run.options,
    buildSecrets: Object.fromEntries(secrets) as Record<string, string>,
    credentials: engine.credentials,
    lock: target.kind === 'sandbox' ? ('ignore' as const) : ('honour' as const),
    ...(config.buildCache ? { cacheFrom: lastImage(engine, reusable.previous) } : {}),
    onLog: (line: string): void => run.emit({ type: 'build-output', line }),
  };
  return run.step(
    'build',
    () => buildDescribed(config, prepared, options),
    ({ described }) => summary(described),
  );
}

/** The image of the last deploy, by the name under which an engine finds it; none before the first deploy. */
function lastImage({ registryHost }: EngineAccess, previous: PreviousImage | undefined): ImageReference[] {
  if (previous === undefined) return [];
  return [{ registry: registryHost, repository: previous.from.repository, digest: previous.manifestDigest }];
}

function summary({ builder, image }: Described): string {
  const base = image?.base?.standIn ? ', stand-in base' : '';
  return `${builder}, ${count(image?.layers.length ?? 0, 'layer')}${base}`;
}
