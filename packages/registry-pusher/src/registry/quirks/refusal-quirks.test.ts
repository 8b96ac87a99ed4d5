/* How registries refuse a push, each from a public report: their own words stay, and advice that fits is added. */
import { expect, test } from 'vitest';
import { at, pushWith, type Quirk } from '../../testing/quirky-registry.ts';
import { readBody, respond } from '../../testing/registry.ts';

/** Refuses with the body of the report. */
function refuseWith(what: string, status: number, body: object | string): Quirk {
  return at(what, async (call) => {
    await readBody(call);
    respond(call, status, {}, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  });
}

const errors = (code: string, message: string, detail?: object) => ({ errors: [{ code, message, detail }] });

test.each<[who: string, report: string, quirk: Quirk, code: string, words: string, advice: string]>([
  [
    'an immutable tag of Amazon ECR',
    'moby/buildkit/issues/3776',
    refuseWith(
      'PUT manifest',
      400,
      errors(
        'TAG_INVALID',
        "The image tag 'latest' already exists in the 'web' repository and cannot be overwritten because the repository is immutable.",
      ),
    ),
    'REGISTRY_DENIED',
    'TAG_INVALID',
    'push another tag',
  ],
  [
    'an immutable tag of Harbor',
    'goharbor/community/pull/108',
    refuseWith(
      'PUT manifest',
      412,
      errors('PRECONDITION', 'Failed to process request due to web:latest configured as immutable.'),
    ),
    'REGISTRY_DENIED',
    'configured as immutable',
    'push another tag',
  ],
  [
    'an OCI-only registry without a body',
    'project-zot/zot/issues/534',
    refuseWith('PUT manifest', 415, ''),
    'REGISTRY_PROTOCOL',
    '415',
    'push with --oci',
  ],
  [
    'an OCI-only registry',
    'carvel-dev/imgpkg/issues/621',
    refuseWith(
      'PUT manifest',
      400,
      errors('MANIFEST_INVALID', 'manifest invalid', { mediaType: 'application/vnd.docker.x' }),
    ),
    'REGISTRY_PROTOCOL',
    'manifest invalid',
    'push with --oci',
  ],
  [
    'a full project of Harbor',
    'goharbor/harbor/issues/17390',
    refuseWith(
      'PUT upload',
      403,
      errors(
        'DENIED',
        'adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB.',
      ),
    ),
    'REGISTRY_DENIED',
    'upper limit of 10.0 MiB',
    'raise its quota',
  ],
  [
    'a repository that must be created first',
    'regclient/regclient/issues/869',
    refuseWith(
      'POST upload',
      404,
      errors(
        'NAME_UNKNOWN',
        "The repository with name 'shop/web' does not exist in the registry with id '123456789012'",
      ),
    ),
    'REGISTRY_DENIED',
    "does not exist in the registry with id '123456789012'",
    'create it there',
  ],
])('explains %s (fault 153, registry-pusher): https://github.com/%s', async (_, __, quirk, code, words, advice) => {
  const { error, registry } = await pushWith(quirk);

  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(error!.message).toContain(advice);
  const refused = registry.calls.filter(({ response }) => response.statusCode >= 400 && response.statusCode !== 404);
  expect(refused.length).toBeLessThanOrEqual(2);
});

test('advises the other format to whoever pushed OCI (fault 153, registry-pusher)', async () => {
  const quirk = refuseWith('PUT manifest', 405, errors('UNSUPPORTED', 'The operation is unsupported.'));
  const { error } = await pushWith(quirk, { push: { format: 'oci' } });

  expect(error?.message).toContain('push with --docker');
});
