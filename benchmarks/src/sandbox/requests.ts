import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Finding } from './finding.ts';
import { startSandboxProcess } from './server.ts';

const connections = 8;
const seconds = 4;

/** Measures requests per second to a sandbox whose process has one processor. The client has another. */
export async function measureRequests(directory: string): Promise<Finding[]> {
  await using sandbox = await startSandboxProcess(directory, ['taskset', '--cpu-list', '0']);
  const rate = async (path: string, accept: string, authorization: string, url: string) => {
    await requestsPerSecond(new URL(path, url), { accept, authorization }, 1);
    return await requestsPerSecond(new URL(path, url), { accept, authorization }, seconds);
  };
  const api = async (path: string) =>
    await rate(path, 'application/vnd.heroku+json; version=3', `Bearer ${sandbox.apiKey}`, sandbox.urls.heroku);
  const basic = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  return [
    { name: 'GET /apps/APP, per second', values: [await api('/apps/shop')], goal: { min: 10_000 } },
    { name: 'GET /apps/APP/releases, per second', values: [await api('/apps/shop/releases')] },
    { name: 'registry: GET /v2/, per second', values: [await rate('/v2/', '*/*', basic, sandbox.urls.registry)] },
  ];
}

async function requestsPerSecond(url: URL, headers: Record<string, string>, forSeconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + forSeconds * 1000;
  let responses = 0;
  const sendUntilEnd = async (): Promise<void> => {
    while (performance.now() < end) {
      await once(url, headers, agent);
      responses++;
    }
  };
  await Promise.all(Array.from({ length: connections }, sendUntilEnd));
  agent.destroy();
  return responses / forSeconds;
}

async function once(url: URL, headers: Record<string, string>, agent: Agent): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const outgoing = request(url, { headers, agent }, (response) => {
      text(response).then((body) => {
        if ((response.statusCode ?? 500) < 300) resolve();
        else reject(new Error(`${url.href}: ${response.statusCode} ${body}`));
      }, reject);
    });
    outgoing.once('error', reject).end();
  });
}
