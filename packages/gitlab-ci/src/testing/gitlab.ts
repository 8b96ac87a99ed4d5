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

/** A deployment in the shape of GitLab's API. */
export interface ToldDeployment {
  readonly environment: string;
  readonly sha: string;
  readonly status?: string;
  readonly started?: boolean;
  readonly pipeline?: number;
  readonly source?: string;
}

/** Starts a GitLab that lists these deployments, given in the order in which they ran. */
export function startGitLabWith(deployments: readonly ToldDeployment[]): Promise<TestGitLab> {
  const all = deployments.map(
    ({ environment, sha, status = 'success', started = true, pipeline = 1, source = 'push' }, index) => ({
      id: index + 1,
      sha,
      status,
      updated_at: new Date(index * 1000 + 500).toISOString(),
      environment: { name: environment },
      deployable: {
        id: index + 101,
        started_at: started ? new Date(index * 1000).toISOString() : null,
        finished_at: status === 'running' ? null : new Date(index * 1000 + 500).toISOString(),
        pipeline: { id: pipeline, source },
      },
    }),
  );
  return startGitLab((request, response) => {
    const { searchParams: query } = new URL(request.url ?? '', 'http://gitlab');
    const found = all.filter(
      ({ environment, status, updated_at: updated }) =>
        environment.name === query.get('environment') &&
        [null, status].includes(query.get('status')) &&
        updated >= (query.get('updated_after') ?? ''),
    );
    const end = Number(query.get('page') ?? 1) * 100;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(found.toReversed().slice(end - 100, end)));
  });
}
