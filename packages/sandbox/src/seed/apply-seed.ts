import type { Projects } from '../gitlab/projects.ts';
import { addDeployment } from '../gitlab/routes/deployments.ts';
import { ensureEnvironment } from '../gitlab/routes/environments.ts';
import { createdVariable } from '../gitlab/variable-rules.ts';
import type { App } from '../heroku/apps/app.ts';
import type { HerokuAssumptions } from '../heroku/assumptions.ts';
import { createConfigVarPatch, createDeploy } from '../heroku/state/changes.ts';
import { type ImageReference, repositoryOf } from '../heroku/state/model.ts';
import type { Platform } from '../heroku/apps/platform.ts';
import type { Registry } from '../registry/registry.ts';
import { formationOf } from './seed-formation.ts';
import type { SeedProject } from './project.ts';
import type { Seed, SeedApp, SeedRelease } from './seed.ts';
import { storeSeedImage } from './seed-images.ts';
import { type SeedItem, UnfinishedSeed } from './unfinished.ts';

interface SeedTarget {
  readonly assumptions: Pick<HerokuAssumptions, 'releaseDescriptions'>;
  readonly platform: Platform;
  readonly projects: Projects;
  readonly registry: Registry;
}

/** Creates what a valid seed has and the sandbox lacks, each app and project as a whole, also after a kill. */
export async function applySeed({ apps = [], projects = [] }: Seed, target: SeedTarget, dir: string): Promise<void> {
  const unfinished = new UnfinishedSeed(dir);
  await remove(unfinished.item(), target);
  unfinished.clear();
  for (const app of apps) {
    if (target.platform.findApp(app.name)) continue;
    await unfinished.during({ kind: 'app', name: app.name }, () => createApp(app, target));
  }
  for (const project of projects) {
    if (target.projects.find(project.path)) continue;
    await unfinished.during({ kind: 'project', name: project.path }, () => createProject(project, target.projects));
  }
}

async function remove(item: SeedItem | undefined, { platform, projects }: SeedTarget): Promise<void> {
  const app = item?.kind === 'app' ? platform.findApp(item.name) : undefined;
  if (app) await platform.deleteApp(app);
  const project = item?.kind === 'project' ? projects.find(item.name) : undefined;
  if (project) projects.remove(project);
}

async function createApp(seed: SeedApp, target: SeedTarget): Promise<void> {
  const { name, stack, maintenance = false, configVars = {}, releases = [], formation = {} } = seed;
  const app = await target.platform.createApp(name, stack);
  await app.patchConfigVars(configVars);
  for (const release of releases) await createRelease(app, release, target);
  if (Object.keys(formation).length > 0) {
    for (const { type, ...scale } of formationOf(seed)) {
      Object.assign(app.record.formation.find((one) => one.type === type) ?? {}, scale);
    }
    await app.scale();
  }
  if (maintenance) app.setMaintenance(true);
}

async function createRelease(app: App, seed: SeedRelease, { registry, assumptions }: SeedTarget): Promise<void> {
  const { images = {}, commands = {}, configVars = {}, description } = seed;
  const stored: Record<string, ImageReference> = {};
  for (const [type, image] of Object.entries(images)) {
    const repository = repositoryOf(app.record, type);
    stored[type] = { repository, imageId: await storeSeedImage(registry.storage, repository, image) };
  }
  const deploy = createDeploy({ images: stored, commands, removes: [] }, assumptions.releaseDescriptions);
  const patch = createConfigVarPatch(app.record.configVars, configVars);
  await app.release({
    description: description ?? ([deploy.description, patch?.description].filter(Boolean).join(', ') || 'Release'),
    apply: deploy.apply,
    ...(patch?.applyToConfigVars && { applyToConfigVars: patch.applyToConfigVars }),
  });
}

function createProject(seed: SeedProject, projects: Projects): void {
  const { path, variables = [], environments = [], deployments = [] } = seed;
  const project = projects.ensure(path);
  const now = projects.now();
  project.variables.push(...variables.map((variable) => createdVariable(variable)));
  for (const { name, ...settings } of environments) Object.assign(ensureEnvironment(project, name, now), settings);
  for (const { ref = 'main', ...about } of deployments) addDeployment(project, { ...about, ref, tag: false }, now);
  projects.save(project);
}
