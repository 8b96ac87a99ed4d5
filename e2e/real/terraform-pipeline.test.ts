import { describe, expect, it } from 'vitest';
import { createMonorepo } from './pipeline/monorepo.ts';
import { runnerBlocker } from './pipeline/runner.ts';
import { terraformBlocker } from './terraform/blocker.ts';
import { openSandboxProject, projectIdOf, runTerraform } from './terraform/sandbox-project.ts';

const blocker = terraformBlocker ?? runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

interface Variable {
  readonly key: string;
  readonly value: string;
  readonly environment_scope: string;
}

const timeout = 600_000;

describe.skipIf(blocker !== undefined)(
  'tozo infrastructure with the real terraform, and a pipeline',
  { timeout },
  () => {
    it('creates what a pipeline deploys with: the app responds, nothing is left to change, and a destroy leaves nothing', async ({
      signal,
    }) => {
      await using project = await openSandboxProject();
      const { sandbox, asGitlab, asHeroku } = project;
      project.env['TF_VAR_heroku_api_key'] = sandbox.apiKey;
      await project.declare({ protectFromDestroy: false });
      expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
      const projectId = await projectIdOf(project, 'shop');
      const variables = (await asGitlab('GET', `/projects/${projectId}/variables`)) as unknown as Variable[];
      expect(variables).toHaveLength(3);

      await using monorepo = await createMonorepo({
        apps: ['shop'],
        services: { sandbox, projectId },
        ciVariables: Object.fromEntries(
          variables.map(({ key: name, value, environment_scope: scope }) => [name, { [scope]: value }]),
        ),
      });
      const { jobs, log } = await monorepo.run({ signal });
      expect(jobs, log).toEqual(['PASS deploy shop', 'PASS lint-test']);
      expect(log).not.toContain(sandbox.apiKey);
      expect(await monorepo.visit('shop')).toBe('shop 1');

      const plan = await project.run('plan');
      expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes.') });
      expect(await runTerraform(project, 'destroy', '-auto-approve')).toMatchObject({ code: 0 });
      await expect(asHeroku('GET', '/apps/shop-live')).rejects.toMatchObject({ status: 404 });
      await expect(asGitlab('GET', `/projects/${projectId}`)).rejects.toMatchObject({ status: 404 });
    });
  },
);
