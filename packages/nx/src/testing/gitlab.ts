import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server in place of GitLab's API, with the variables of a job that calls it. */
export interface TestGitLab extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly requests: IncomingMessage[];
}

export const jobToken = 'glcbt-sentinel-of-the-tests';

export async function startGitLab(respond: RequestListener): Promise<TestGitLab> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    respond(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: { CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`, CI_PROJECT_ID: '42', CI_JOB_TOKEN: jobToken },
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Starts a GitLab whose newest successful deployment is of `commit`; without one, nothing was deployed. */
export function startGitLabWithDeployment(commit?: string): Promise<TestGitLab> {
  return startGitLab((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(commit === undefined ? [] : [{ id: 7, status: 'success', sha: commit }]));
  });
}
