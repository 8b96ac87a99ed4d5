import { promotionBetween, requiredPromotion } from './config/promotion.ts';
import { DeployError } from './errors.ts';
import { recordedConfig } from './images/recorded-config.ts';
import { recordedImages } from './images/recorded-images.ts';
import type { DeployPlan } from './plan/plan.ts';
import type { ImageBuilder } from './ports.ts';
import type { Run } from './report/run.ts';
import type { Services } from './services.ts';
import { assertStillRuns, type ProofOptions, readProof } from './state/proof.ts';
import type { Deployment } from './steps/deployment.ts';

/**
 * Returns the images that another environment verified and runs, in place of a build.
 * @throws DeployError NOT_PROVEN, PROMOTION_INVALID, ENVIRONMENT_UNKNOWN
 */
export async function openPromotion(run: Run, services: Services, from: string): Promise<ImageBuilder> {
  const { config, environment: to = '' } = run.request;
  const promotion = promotionBetween(config, from, to);
  if (promotion.within === undefined) {
    run.warn(`deploy.json doesn't say how long ago ${from} may have verified what ${to} gets: add "after" to ${to}.`);
  }
  const record = await readProof(promotion, proofOptions(run, services));
  run.recordProof({ promotion, record });
  run.adopt({ config: recordedConfig(config, record), ...(record.commit ? { revision: record.commit } : {}) });
  return recordedImages(record, services.images.publisher);
}

/**
 * Checks that a deploy gives an environment only images that the one before it verified, if deploy.json says which one. Before
 * the images are built, checks only that there are any.
 * @throws DeployError NOT_PROVEN
 */
export async function assertProven(run: Run, services: Services, plan: DeployPlan): Promise<void> {
  const { config, environment } = run.request;
  const required = requiredPromotion(config, environment);
  // Images that were verified before are promoted, or were accepted when this environment got them.
  if (!required || plan.build.imagesFrom || !plan.release.needed) return;
  const record = await readProof(required, proofOptions(run, services));
  const { environment: before } = required;
  const differing = plan.images.filter(({ type, imageId }) => imageId && imageId !== record.images[type]);
  if (differing.length === 0) return run.recordProof({ promotion: required, record });
  const types = differing.map(({ type }) => type).join(', ');
  throw new DeployError(
    'NOT_PROVEN',
    `deploy.json says that ${environment} comes after ${before}, and ${before} (v${record.release}) runs other images of ${types} than this build. To release what ${before} runs: tozo promote ${before} ${environment}. To release this build, deploy it to ${before} first: tozo deploy --environment ${before}.`,
  );
}

/**
 * Checks right before a change that the environment before still runs the images that it proved: a person may have been asked
 * since, or a release phase may have run.
 * @throws DeployError NOT_PROVEN
 */
export async function assertStillProven({ run, services: { heroku }, plan }: Deployment): Promise<void> {
  if (run.proof && plan.release.needed) await assertStillRuns(run.proof, { heroku, ...run.options });
}

function proofOptions(run: Run, { heroku, images }: Services): ProofOptions {
  const { config, target } = run.request;
  return {
    heroku,
    publisher: images.publisher,
    target: target.kind,
    types: Object.keys(config.processes),
    ...run.options,
  };
}
