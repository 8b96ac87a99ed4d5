/*
 * gitlab-variables and the sandbox keep the same contract. `npm run prove contract gitlab` runs it against a live project.
 */
import { createProjectVariables } from '@tozo/gitlab-variables';
import { startSandbox } from '@tozo/sandbox';
import { expect, it } from 'vitest';
import { type GitlabConnection, gitlabContract } from './gitlab-contract.ts';
import { gitlabWireContract } from './gitlab-wire-contract.ts';

async function sandboxGitlab(): Promise<GitlabConnection> {
  const sandbox = await startSandbox();
  return {
    url: sandbox.urls.gitlab,
    token: sandbox.gitlabToken,
    projectId: 'group/project',
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

gitlabContract('the sandbox', sandboxGitlab);
gitlabWireContract('the sandbox', sandboxGitlab);

it('the sandbox rejects a job token that is used as another kind of token, as GitLab does', async () => {
  await using sandbox = await startSandbox();
  const { urls, gitlabJobToken } = sandbox;
  const project = createProjectVariables({ host: urls.gitlab, token: gitlabJobToken, projectId: 1 });
  await expect(project.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});
