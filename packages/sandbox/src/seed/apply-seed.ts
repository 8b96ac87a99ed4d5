import type { Projects } from '../gitlab/projects.ts';
import { createdVariable } from '../gitlab/variable-rules.ts';
import type { Platform } from '../heroku/apps/platform.ts';
import type { Seed } from './seed.ts';

/** Creates what a valid seed has and the sandbox lacks. */
export async function applySeed(
  { apps = [], projects = [] }: Seed,
  target: { readonly platform: Platform; readonly projects: Projects },
): Promise<void> {
  for (const { name, stack, maintenance = false, configVars = {} } of apps) {
    if (target.platform.findApp(name)) continue;
    const app = await target.platform.createApp(name, stack);
    await app.patchConfigVars(configVars);
    if (maintenance) app.setMaintenance(true);
  }
  for (const { path, variables = [] } of projects) {
    if (target.projects.find(path)) continue;
    const project = target.projects.ensure(path);
    project.variables.push(...variables.map((variable) => createdVariable(variable)));
    target.projects.save(project);
  }
}
