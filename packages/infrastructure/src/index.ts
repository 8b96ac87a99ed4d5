export { DeployInfrastructure } from './deploy-infrastructure.ts';
export { InfrastructureError, type InfrastructureErrorCode } from './errors.ts';
export { GitlabProject, type GitlabProjectOptions } from './gitlab-project.ts';
export { GitlabProjectVariable, type GitlabProjectVariableOptions } from './gitlab-project-variable.ts';
export { HerokuApp, type HerokuAppOptions } from './heroku-app.ts';
export { herokuRegions, type InfrastructureOptions } from './options.ts';
export { GitlabProvider, type GitlabProviderOptions, HerokuProvider, type HerokuProviderOptions } from './providers.ts';
export { renderTerraform, synthesize } from './synthesize.ts';
/** cdktf's root of a tree of constructs, so that describing an infrastructure needs no import of cdktf itself. */
export { App } from './terraform.ts';
