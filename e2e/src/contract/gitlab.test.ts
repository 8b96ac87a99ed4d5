/*
 * gitlab-variables and a GitLab, held to one contract: here the sandbox. `npm run prove contract gitlab` holds a live project
 * to it.
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

it('a job token that is passed off as another is refused as GitLab refuses it', async () => {
  await using sandbox = await startSandbox();
  const { urls, gitlabJobToken } = sandbox;
  const project = createProjectVariables({ host: urls.gitlab, token: gitlabJobToken, projectId: 1 });
  await expect(project.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});
