import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { daemonPrograms, startDockerDaemon } from './docker-daemon.ts';
import { namespaceBlocker, namespacePrograms } from './namespace.ts';
import { type CommandResult, type RealNames, type RunOptions, startRealNames } from './real-names.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms([...daemonPrograms, ...namespacePrograms, 'curl', 'skopeo', 'buildah', 'openssl']);
const blocker =
  absent.length > 0
    ? `not installed: ${absent.join(', ')} (apt-get install docker.io curl iproute2 skopeo buildah openssl ca-certificates)`
    : namespaceBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const base = 'docker.io/library/node:20-slim';
const web = 'registry.heroku.com/shop/web';
const schema2 = 'application/vnd.docker.distribution.manifest.v2+json';

/** Unmodified programs at the real addresses. The test's output shows what each printed. */
describe.skipIf(blocker !== undefined)('third-party programs', () => {
  let world: RealNames;
  beforeAll(async () => {
    world = await startRealNames();
  });
  afterEach(async () => {
    expect(await world.namespace.datagrams(), 'questions to a resolver').toBe(0);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const ran = async (command: string, args: readonly string[], options?: RunOptions): Promise<string> => {
    const { code, stdout, stderr } = await world.run(command, args, options);
    if (code !== 0) throw new Error(`${command} ${args[0]} exited with ${code}: ${stderr}`);
    return stdout;
  };

  it('skopeo logs in, inspects, copies both ways and lists tags, and is rejected as by Heroku', async () => {
    const env = { REGISTRY_AUTH_FILE: join(world.namespace.directory, 'skopeo.json') };
    const skopeo = (...args: string[]) => ran('skopeo', args, { env });
    const attempt = async (...args: string[]): Promise<CommandResult> => await world.run('skopeo', args, { env });

    await ran('skopeo', ['login', 'registry.heroku.com', '-u', '_', '--password-stdin'], { env, input: world.apiKey });
    expect(JSON.parse(await skopeo('inspect', `docker://${base}`))).toMatchObject({ Os: 'linux' });
    expect((await attempt('copy', `docker://${base}`, `docker://${web}:oci`)).stderr).toContain('unsupported');
    await skopeo('copy', '--format', 'v2s2', `docker://${base}`, `docker://${web}:latest`);
    await skopeo('copy', `docker://${web}:latest`, `docker://registry.heroku.com/shop/worker:latest`);
    expect(JSON.parse(await skopeo('list-tags', `docker://${web}`))).toEqual({ Repository: web, Tags: ['latest'] });
    expect(JSON.parse(await skopeo('inspect', '--raw', `docker://${web}`))).toMatchObject({ mediaType: schema2 });
    await skopeo('copy', `docker://${web}`, `dir:${join(world.namespace.directory, 'copied')}`);
    expect((await attempt('delete', `docker://${web}:latest`)).code).not.toBe(0);
    expect((await attempt('inspect', 'docker://registry.heroku.com/nobody/web')).stderr).toContain('400');
    await skopeo('logout', 'registry.heroku.com');
    expect((await attempt('inspect', `docker://${web}`)).stderr).toContain('unauthorized');
  });

  it('buildah builds on the mirrored base, pushes the image and pulls it', async () => {
    const directory = join(world.namespace.directory, 'buildah');
    await mkdir(directory);
    await writeFile(join(directory, 'main.js'), 'console.log("hello")');
    await writeFile(join(directory, 'Dockerfile'), `FROM ${base}\nCOPY main.js /app/\nCMD ["node", "/app/main.js"]\n`);
    const env = { REGISTRY_AUTH_FILE: join(directory, 'auth.json') };
    const places = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
    const buildah = (...args: string[]) => ran('buildah', [...places, ...args], { env });

    await ran('buildah', ['login', '-u', '_', '--password-stdin', 'registry.heroku.com'], { env, input: world.apiKey });
    await buildah('bud', '--isolation', 'chroot', '--format', 'docker', '--tag', `${web}:built`, directory);
    await buildah('push', `${web}:built`);
    await buildah('rmi', '--all');
    await buildah('pull', `${web}:built`);
    const inspected = JSON.parse(await buildah('inspect', '--type', 'image', `${web}:built`)) as object;
    expect(inspected).toMatchObject({ Docker: { config: { Cmd: ['node', '/app/main.js'] } } });
  });

  it('the Docker CLI logs in, pulls, tags, pushes, inspects and pulls again', async () => {
    await using engine = await startDockerDaemon({ enter: world.namespace.enter() });
    const env = { PATH: `/usr/bin:${process.env['PATH']}`, DOCKER_HOST: `unix://${engine.socketPath}` };
    const docker = (...args: string[]) => ran('docker', args, { env });

    await ran('docker', ['login', 'registry.heroku.com', '-u', '_', '--password-stdin'], { env, input: world.apiKey });
    await docker('pull', 'node:20-slim');
    await docker('tag', 'node:20-slim', `${web}:pulled`);
    await docker('push', `${web}:pulled`);
    const id = await docker('inspect', '--format', '{{.Id}}', `${web}:pulled`);
    expect(JSON.parse(await docker('manifest', 'inspect', `${web}:pulled`))).toMatchObject({
      mediaType: schema2,
      config: { digest: id.trim() },
    });
    await docker('rmi', 'node:20-slim', `${web}:pulled`);
    await docker('pull', `${web}:pulled`);
    expect(await docker('image', 'ls', '--quiet', '--no-trunc')).toBe(id);
    await docker('logout', 'registry.heroku.com');
    expect((await world.run('docker', ['pull', `${web}:pulled`], { env })).stderr).toContain(
      'https://registry.heroku.com',
    );
  });

  it('curl reads and changes config vars, formation and releases', async () => {
    const api = async (method: string, path: string, body?: object, ...more: string[]) =>
      JSON.parse(
        await ran('curl', [
          ...['--silent', '--show-error', '--fail', '--request', method, `https://api.heroku.com${path}`],
          ...['--header', 'Accept: application/vnd.heroku+json; version=3'],
          ...['--header', `Authorization: Bearer ${world.apiKey}`],
          ...(body ? ['--header', 'Content-Type: application/json', '--data', JSON.stringify(body)] : []),
          ...more,
        ]),
      ) as unknown;

    expect(await api('GET', '/account')).toMatchObject({ email: expect.stringContaining('@') as unknown });
    expect(await api('PATCH', '/apps/shop/config-vars', { LOG_LEVEL: 'debug' })).toEqual({ LOG_LEVEL: 'debug' });
    expect(await api('PATCH', '/apps/shop/config-vars', { LOG_LEVEL: null })).toEqual({});
    const newest = await api(
      'GET',
      '/apps/shop/releases',
      undefined,
      '--header',
      'Range: version ..; order=desc, max=1',
    );
    expect(newest).toMatchObject([{ status: 'succeeded', current: true, description: 'Remove LOG_LEVEL config vars' }]);
    expect(await api('GET', '/apps/shop/formation')).toEqual([]);
    const wrong = await world.run('curl', [
      '--silent',
      '--fail',
      '-H',
      'Authorization: Bearer wrong',
      'https://api.heroku.com/apps',
    ]);
    expect(wrong.code).toBe(22);
  });

  it('@gitbeaker/rest creates, edits, lists and removes variables, and records deployments', async () => {
    const script = fileURLToPath(new URL('gitbeaker-day.ts', import.meta.url));
    const printed = await ran(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
      env: { GITLAB_TOKEN: world.gitlabToken, NODE_EXTRA_CA_CERTS: world.caFile },
    });
    expect(
      printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ key: 'LOG_LEVEL', value: 'info', environment_scope: '*' }),
      [
        ['LOG_LEVEL', 'info', '*'],
        ['LOG_LEVEL', 'error', 'production'],
      ],
      expect.stringContaining('multiple variables'),
      31,
      [['main', 'success', 'production']],
    ]);
  });

  it('OpenSSL accepts the certificates in strict mode', async () => {
    const output = await ran('openssl', [
      ...['s_client', '-connect', 'registry.heroku.com:443', '-servername', 'registry.heroku.com'],
      ...['-verify_return_error', '-x509_strict', '-verify_hostname', 'registry.heroku.com', '-brief'],
    ]);
    expect(output).not.toContain('error');
  });
});
