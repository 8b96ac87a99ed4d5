/*
 * gitlab-variables and a GitLab, held to one contract: here the sandbox. `npm run prove contract gitlab` holds a live project
 * to it.
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

it('a job token that is passed off as another is refused as GitLab refuses it', async () => {
  await using sandbox = await startSandbox();
  const { urls, gitlabJobToken } = sandbox;
  const project = createProjectVariables({ host: urls.gitlab, token: gitlabJobToken, projectId: 1 });
  await expect(project.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});
