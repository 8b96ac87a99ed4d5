import { type DeployRequest, type GitlabAccess, Secret } from '@tozo/deploy';

/** Returns who started the deploy, and the pipeline's URL in GitLab. */
export function originOf({
  GITLAB_USER_LOGIN,
  CI_PIPELINE_URL,
  USER,
}: NodeJS.ProcessEnv): DeployRequest['origin'] & object {
  const who = GITLAB_USER_LOGIN || USER;
  return { ...(who ? { who } : {}), ...(CI_PIPELINE_URL ? { pipeline: CI_PIPELINE_URL } : {}) };
}

/** Returns how to reach the GitLab project of this pipeline. */
export function gitlabAccess(env: NodeJS.ProcessEnv): { gitlab?: GitlabAccess } {
  const { CI_PROJECT_ID: projectId, CI_SERVER_URL: host, GITLAB_TOKEN: token } = env;
  if (!projectId) return {};
  return { gitlab: { projectId, ...(host ? { host } : {}), ...(token ? { token: new Secret(token) } : {}) } };
}
