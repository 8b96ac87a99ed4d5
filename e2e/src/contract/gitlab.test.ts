/*
 * gitlab-variables and a GitLab, held to one contract: the sandbox always; a live project when asked to. There it makes some
 * 130 variables whose keys begin with TOZO_CONTRACT_, and removes them:
 *
 *   CONTRACT_GITLAB_PROJECT=group/project GITLAB_TOKEN=… npx vitest run src/contract/gitlab.test.ts
 *
 * The token needs the role Maintainer and the scope api. CI_SERVER_URL names another GitLab than gitlab.com.
 */
import { createProjectVariables } from '@tozo/gitlab-variables';
import { startSandbox } from '@tozo/sandbox';
import { expect, it } from 'vitest';
import { gitlabContract } from './gitlab-contract.ts';

gitlabContract('the sandbox', async () => {
  const sandbox = await startSandbox();
  return {
    url: sandbox.urls.gitlab,
    token: sandbox.gitlabToken,
    projectId: 'group/project',
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
});

const {
  CONTRACT_GITLAB_PROJECT: projectId,
  GITLAB_TOKEN: token,
  CI_SERVER_URL: url = 'https://gitlab.com',
} = process.env;
if (projectId) {
  if (!token) throw new Error('CONTRACT_GITLAB_PROJECT needs GITLAB_TOKEN.');
  gitlabContract(url, async () => ({ url, token, projectId, async [Symbol.asyncDispose]() {} }));
}

it('a job token that is passed off as another is refused as GitLab refuses it', async () => {
  await using sandbox = await startSandbox();
  const { urls, gitlabJobToken } = sandbox;
  const project = createProjectVariables({ host: urls.gitlab, token: gitlabJobToken, projectId: 1 });
  await expect(project.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});
