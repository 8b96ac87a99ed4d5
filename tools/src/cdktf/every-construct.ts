/* oxlint-disable no-new -- a construct adds itself to its scope */
import * as tozo from '@tozo/infrastructure';

const appId = '01234567-89ab-cdef-0123-456789abcdef';
const project = '7';

/** The tutorial's set with every other construct beside it. Prints what cdktf makes of it, with cdktf's own metadata. */
const stack = new tozo.DeployInfrastructure(new tozo.App(), 'shop', {
  appName: 'shop-live',
  team: 'acme',
  region: 'eu',
  gitlab: { name: 'shop', namespaceId: 42, description: 'Sells', visibility: 'internal' },
  protectedEnvironments: ['production/shop'],
  existing: { herokuApp: true, gitlabProject: 'acme/shop', variablesScope: '*' },
});
new tozo.ContinuousDeployment(stack, 'blog', { app: { name: 'blog-live', region: 'eu' }, project: { name: 'blog' } });
new tozo.HerokuFormation(stack, 'web', { appId, type: 'web', quantity: 2, size: 'standard-1x' });
new tozo.HerokuAppConfigAssociation(stack, 'vars', {
  appId,
  vars: { LOG_LEVEL: 'info' },
  sensitiveVars: { KEY: '${var.key}' },
});
new tozo.HerokuAppFeature(stack, 'preboot', { appId, name: 'preboot', enabled: true });
new tozo.HerokuAddon(stack, 'db', { appId, plan: 'heroku-postgresql:essential-0', config: { maxAge: '3' } });
new tozo.HerokuDomain(stack, 'www', { appId, hostname: 'www.example.com', sniEndpointId: appId });
new tozo.HerokuDrain(stack, 'logs', { appId, url: 'syslog+tls://logs.example.com:514' });
new tozo.HerokuPipeline(stack, 'pipeline', { name: 'shop', owner: { id: appId, type: 'team' } });
new tozo.HerokuPipelineCoupling(stack, 'coupling', { appId, pipeline: appId, stage: 'staging' });
new tozo.HerokuCollaborator(stack, 'ann', { appId, email: 'ann@example.com' });
new tozo.GitlabProjectVariable(stack, 'key', { project, key: 'A_KEY', value: '${var.a_key}', masked: true, raw: true });
new tozo.GitlabBranchProtection(stack, 'main', { project, branch: 'main', pushAccessLevel: 'no one' });
new tozo.GitlabProjectEnvironment(stack, 'live', { project, name: 'production/shop', tier: 'production' });

process.stdout.write(JSON.stringify({ raw: stack.toTerraform() as unknown, file: tozo.renderTerraform(stack) }));
