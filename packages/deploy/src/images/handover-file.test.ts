import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutReference } from '@tozo/registry-pusher';
import { expect, onTestFinished, test } from 'vitest';
import { handoverRepository, readHandover, writeHandover } from './handover-file.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const sourceDigest = `sha256:${'b'.repeat(64)}` as const;
const repository = 'registry.gitlab.example/team/shop/handover';
const written = { version: 1, digest, repository, sourceDigest };

async function directoryWith(content?: unknown): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-handover-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  if (content !== undefined)
    await writeFile(join(directory, 'image.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return directory;
}

test('reads an image in the project’s repository, or in the OCI layout next to the file', async () => {
  const inRegistry = {
    from: { registry: 'registry.gitlab.example', repository: 'team/shop/handover', digest },
    sourceDigest,
  };
  expect(await readHandover(await directoryWith(written), repository)).toEqual(inRegistry);
  const directory = await directoryWith({ version: 1, digest, sourceDigest });
  const inLayout = { from: { ...layoutReference(directory), digest }, sourceDigest };
  expect(await readHandover(directory, repository)).toEqual(inLayout);
  for (const handed of [inRegistry, inLayout]) {
    await writeHandover(directory, handed);
    expect(await readHandover(directory, repository)).toEqual(handed);
  }
  expect(await readHandover(await directoryWith(), repository)).toBeUndefined();
});

test.each<[what: string, content: unknown, allowed?: string]>([
  ['another registry', { ...written, repository: 'evil.example/team/shop/handover' }],
  ['another repository of the registry', { ...written, repository: 'registry.gitlab.example/team/other/handover' }],
  ['an address on this network', { ...written, repository: '169.254.169.254/latest/meta-data' }],
  ['a file of this machine', { ...written, repository: 'oci:/proc/self' }],
  ['a repository where the job has none', written, ''],
  ['a repository that isn’t a text', { ...written, repository: ['x'] }],
  ['no digest', { ...written, digest: 'latest' }],
  ['a digest with a path', { ...written, digest: `${digest}/../..` }],
  ['no source digest', { ...written, sourceDigest: undefined }],
  ['another version', { ...written, version: 2 }],
  ['an unknown key', { ...written, urls: ['http://evil.example'] }],
  ['no object', '[]'],
  ['no JSON', '{'],
  ['too much', `${' '.repeat(70_000)}{}`],
])('refuses a file that names %s', async (_, content, allowed = repository) => {
  const reading = readHandover(await directoryWith(content), allowed || undefined);
  await expect(reading).rejects.toMatchObject({
    code: 'HANDOVER_INVALID',
    message: expect.stringContaining('tozo image'),
  });
});

test('refuses a link to another file, and a pipe', async () => {
  const directory = await directoryWith();
  await symlink('/proc/self/environ', join(directory, 'image.json'));
  const refused = { code: 'HANDOVER_INVALID', message: expect.stringContaining("it isn't a regular file") };
  await expect(readHandover(directory, repository)).rejects.toMatchObject(refused);
  await rm(join(directory, 'image.json'));
  execFileSync('mkfifo', [join(directory, 'image.json')]);
  await expect(readHandover(directory, repository)).rejects.toMatchObject(refused);
});

test('the repository is the one of the job’s project', () => {
  const job = { GITLAB_CI: 'true', CI_REGISTRY_IMAGE: 'registry.gitlab.example/team/shop', CI_REGISTRY_PASSWORD: 'x' };
  expect(handoverRepository(job)).toBe(repository);
  expect(handoverRepository({ ...job, CI_REGISTRY_PASSWORD: '' })).toBeUndefined();
  expect(handoverRepository({})).toBeUndefined();
});
