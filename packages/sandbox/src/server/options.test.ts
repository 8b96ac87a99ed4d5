import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type SandboxOptions, startRegistry, type StartRegistryOptions, startSandbox } from '@tozo/sandbox';

/** What only JavaScript passes. */
const start = (options: object) => startSandbox(options as SandboxOptions);

test.each([
  [{ bogus: 1 }, 'bogus is unknown: use services, dir, ports'],
  [{ services: [] }, 'services must have some of heroku, registry, hub, gitlab'],
  [{ services: ['github'] }, 'services[0] must be one of heroku, registry, hub, gitlab'],
  [{ dir: '' }, 'dir must be a directory'],
  [{ ports: { herokuu: 1 } }, 'ports.herokuu is unknown: use heroku, registry, hub, gitlab'],
  [{ ports: { heroku: 70_000 } }, 'ports.heroku must be a number from 0 to 65535'],
  [{ services: ['gitlab'], ports: { heroku: 0 } }, 'ports.heroku needs the service heroku'],
  [{ tls: 'x' }, 'tls must be true, false or an object with a port'],
  [{ tls: { port: -1 } }, 'tls.port must be a number from 0 to 65535'],
  [{ apiKey: '' }, 'apiKey must be a string that is not empty, without line breaks'],
  [{ apiKey: 'two\nlines' }, 'apiKey must be a string that is not empty, without line breaks'],
  [{ apps: 'shop' }, 'apps must be a list'],
  [{ apps: ['shop', 'shop'] }, 'apps[1] is the same as apps[0]'],
  [{ apps: ['shop'], foreignApps: ['shop'] }, 'apps[0] is one of foreignApps'],
  [{ foreignApps: ['A'] }, 'foreignApps[0] must be an app name'],
  [{ projects: ['shop'] }, 'projects[0] must be a path, group/name'],
  [{ projects: ['store/shop', 'Store/shop'] }, 'projects[1] is the same as projects[0]'],
  [{ gitlab: { token: 'x' } }, 'gitlab.token is unknown: use tokens, jobPermissions'],
  [{ gitlab: { tokens: [{ role: 'developer' }] } }, 'gitlab.tokens[0].token is missing'],
  [
    { gitlab: { tokens: [{ token: 'x', role: 'king' }] } },
    'gitlab.tokens[0].role must be one of developer, maintainer',
  ],
  [
    { gitlab: { tokens: [{ token: 'x', scopes: ['all'] }] } },
    'gitlab.tokens[0].scopes[0] must be one of api, read_api',
  ],
  [{ gitlab: { tokens: [{ token: 'x' }, { token: 'x' }] } }, 'gitlab.tokens[1] is the same as gitlab.tokens[0]'],
  [{ gitlab: { jobPermissions: ['DEPLOY'] } }, 'gitlab.jobPermissions[0] must be a permission'],
  [{ firstAppPort: -1 }, 'firstAppPort must be a number from 0 to 65535'],
  [{ baseImages: { 'library/node': '/nonexistent' } }, 'baseImages.library/node must be the directory of an OCI image'],
  [{ hubTokens: 'no' }, 'hubTokens must be true or false'],
  [{ requestsPerHour: 0 }, 'requestsPerHour must be a whole number from 1'],
  [{ assumptions: { missingimage: 404 } }, 'assumptions.missingimage is unknown: use releaseDescriptions'],
  [{ assumptions: { missingImage: '404' } }, 'assumptions.missingImage must be one of 422, 404'],
  [{ assumptions: { maxLayers: 0 } }, 'assumptions.maxLayers must be a whole number from 1'],
  [{ dynos: 'podman' }, 'dynos must be one of process, docker'],
  [{ dynoMemoryMb: 64 }, "dynoMemoryMb needs dynos: 'docker'"],
  [{ time: 'tomorrow' }, 'time must be a time'],
  [{ durations: { kill: 1 } }, 'durations.kill is unknown: use bootTimeout, killAfter'],
  [{ durations: { killAfter: '1s' } }, 'durations.killAfter must be a number of milliseconds from 0'],
  [{ durations: { killAfter: -1 } }, 'durations.killAfter must be a number of milliseconds from 0'],
  [{ durations: { crashBackoff: [] } }, 'durations.crashBackoff must have an item'],
  [{ seed: { apps: [{}] } }, 'seed.apps[0].name is missing'],
])('rejects %j', async (options, problem) => {
  await expect(start(options)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining(`startSandbox: OPTION_INVALID: the options have 1 error:\n  ${problem}`) as string,
  });
});

test('names all invalid options at once', async () => {
  await expect(start({ apiKey: '', dynos: 'podman', durations: { kill: 1 } })).rejects.toMatchObject({
    message: expect.stringMatching(/3 errors:\n {2}apiKey .*\n {2}dynos .*\n {2}durations\.kill /) as string,
  });
});

test('takes an undefined option for one that is not given', async () => {
  await using sandbox = await start({ apps: undefined, tls: false, durations: { killAfter: undefined } });
  expect(sandbox.apps()).toEqual([]);
});

test.each([startSandbox, startRegistry])('names a TMPDIR that does not exist: %s', async (starts) => {
  vi.stubEnv('TMPDIR', '/nonexistent');
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(starts()).rejects.toMatchObject({
    code: 'STATE_UNWRITABLE',
    message:
      "/nonexistent: STATE_UNWRITABLE: can't create a temporary directory there (ENOENT). Set TMPDIR to a writable directory.",
  });
});

test('the first app gets any free port for 0', async () => {
  await using sandbox = await startSandbox({ firstAppPort: 0, apps: ['shop', 'stage'] });
  expect(sandbox.appUrl('shop')).not.toBe(sandbox.appUrl('stage'));
});

test('apps past the last port get any free one', async () => {
  await using sandbox = await startSandbox({ firstAppPort: 65_535, apps: ['shop', 'stage'] });
  expect(sandbox.appUrl('shop')).toBe('http://127.0.0.1:65535/');
  expect(sandbox.appUrl('stage')).toMatch(/^http:/);
});

test('rejects a port of the first app that is in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(startSandbox({ firstAppPort: port, apps: ['shop'] })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining('Choose another port for the first app') as string,
  });
});

test('startRegistry rejects options that no registry has', async () => {
  const login = { kind: 'digest', username: 'some:one' };
  const options = { port: -1, login, choices: { mounts: 'yes' } };
  await expect(startRegistry(options as unknown as StartRegistryOptions)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: [
      'startRegistry: OPTION_INVALID: the options have 5 errors:',
      '  port must be a number from 0 to 65535',
      '  login.password is missing',
      '  login.kind must be one of basic, bearer',
      '  login.username must be a string without colons',
      '  choices.mounts must be true or false',
    ].join('\n'),
  });
});
