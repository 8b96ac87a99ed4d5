import { Gitlab } from '@gitbeaker/rest';

/** Typical uses of this client at GitLab's real address. Prints the essence of each response as a line of JSON. */
const project = 'group/project';
const { ProjectVariables, Deployments, Environments } = new Gitlab({
  host: 'https://gitlab.com',
  token: process.env['GITLAB_TOKEN'] ?? '',
});
const print = (essence: unknown) => process.stdout.write(`${JSON.stringify(essence)}\n`);
const filter = { environment_scope: 'production' };

print(await ProjectVariables.create(project, 'LOG_LEVEL', 'info'));
await ProjectVariables.create(project, 'LOG_LEVEL', 'warn', { environmentScope: 'production' });
await ProjectVariables.edit(project, 'LOG_LEVEL', 'error', { filter });
print(
  (await ProjectVariables.all(project)).map(({ key, value, environment_scope }) => [key, value, environment_scope]),
);
print(await ProjectVariables.show(project, 'LOG_LEVEL').catch((error: Error) => error.message));
await ProjectVariables.remove(project, 'LOG_LEVEL', { filter });
for (let count = 0; count < 30; count++) await ProjectVariables.create(project, `MANY_${count}`, 'value');
print((await ProjectVariables.all(project, { perPage: 20 })).length);

await Environments.create(project, 'production');
const sha = 'a'.repeat(40);
const made = await Deployments.create(project, 'production', sha, 'main', false, { status: 'running' });
await Deployments.edit(project, made.id, 'success');
const deployments = await Deployments.all(project, { environment: 'production', status: 'success', orderBy: 'id' });
print(deployments.map(({ ref, status, environment }) => [ref, status, environment.name]));
