import { openRecords } from '@tozo/deploy';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callHeroku } from '../src/testing/call-heroku.ts';
import { createStages, type Stages } from '../src/testing/stages.ts';
import { responseOf } from '../src/testing/trial-app.ts';

/* Each test deploys several times, and they run at the same time. */
vi.setConfig({ testTimeout: 180_000 });

const durations = { killAfter: 500, drain: 50 };
const after = { environment: 'staging', within: '24h' };
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations });
});
afterAll(() => sandbox.close());

test.concurrent(
  'releases the images that staging runs, by the same image ID and without a byte of them, whatever the files say now',
  async () => {
    await using stages = await createStages(sandbox, after);
    const { staging, production } = stages;
    const commit = 'a'.repeat(40);
    await stages.write({ version: 1, worker: 1, releasePhase: true });
    const proven = await stages.deploy('staging', { revision: commit });
    expect(proven.report.outcome).toBe('deployed');
    const before = await staging.state();
    await stages.write({ version: 2 });

    const { report, output } = await stages.promote();
    expect(report).toMatchObject({
      outcome: 'deployed',
      environment: 'production',
      imageId: proven.report.imageId,
      imagesFrom: { app: staging.name, environment: 'staging', release: before.current, commit },
      versionProven: true,
    });
    expect(report.sentBytes).toBeLessThan(10_000); // the configs
    expect(output).toContain('migrated to 1');
    const state = await production.state();
    expect([state.response, state.images]).toEqual([responseOf(1, 'production'), before.images]);
    expect(state.formation).toEqual({ release: expect.any(Number), web: 1, worker: 1 });
    expect(await staging.state()).toEqual(before);
    expect(await recordsOf(production.name).latest()).toMatchObject({
      commit,
      environment: 'production',
      imagesFrom: { app: staging.name, environment: 'staging', release: before.current },
      result: 'verified',
    });

    expect((await stages.promote()).report).toMatchObject({ outcome: 'unchanged', sentBytes: 0 });
    expect((await production.state()).current).toBe(state.current);
  },
);

test.concurrent('sends the layers when the registry mounts none', async () => {
  await using plain = await startSandbox({ durations, assumptions: { mounts: false } });
  await using stages = await createStages(plain, after);
  const { imageId, sentBytes } = await stages.prove({ version: 1 });
  const { report } = await stages.promote();
  expect(report).toMatchObject({ outcome: 'deployed', imageId });
  expect(report.sentBytes).toBeGreaterThan(sentBytes / 2);
  expect((await stages.production.state()).response).toBe(responseOf(1, 'production'));
});

test.concurrent('a dry run shows the plan and changes nothing', async () => {
  await using stages = await createStages(sandbox, after);
  const { imageId } = await stages.prove({ version: 1 });
  const before = await stages.production.state();
  const { report } = await stages.promote({ dryRun: true });
  expect(report).toMatchObject({
    outcome: 'planned',
    plan: {
      environment: 'production',
      build: { imagesFrom: { environment: 'staging' }, layers: [] },
      images: [{ type: 'web', imageId, pushed: false }],
      push: { sentLayers: 0, mountable: { layers: expect.any(Number) } },
      configVars: { set: ['LEVEL'] },
      verify: { by: 'marker' },
    },
  });
  expect(await stages.production.state()).toEqual(before);
});

test.concurrent('finds the images that staging went back to, although the tag has moved on', async () => {
  await using stages = await createStages(sandbox, after);
  const { imageId } = await stages.prove({ version: 1 });
  const { releases } = await stages.staging.state();
  await stages.write({ version: 2, behavior: 'crashes' });
  expect((await stages.deploy('staging')).report.outcome).toBe('rolled-back');
  expect((await stages.promote()).report).toMatchObject({ outcome: 'deployed', imageId });

  await stages.prove({ version: 3 });
  await stages.staging.call('POST', '/releases', { release: (releases[0] as unknown as { id: string }).id });
  expect((await stages.promote()).report).toMatchObject({ outcome: 'unchanged', imageId });
});

test.concurrent('without "after", any age is accepted, and said', async () => {
  await using stages = await createStages(sandbox, undefined);
  await stages.prove({ version: 1 });
  await age(stages, 400 * 24);
  expect((await stages.promote()).report).toMatchObject({
    outcome: 'deployed',
    warnings: [expect.stringContaining("deploy.json doesn't say how long ago staging")],
  });
});

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly says: RegExp;
  readonly prepare: (stages: Stages) => Promise<void>;
}

const refusals: readonly Refusal[] = [
  {
    name: 'nothing was deployed to staging',
    code: 'NOT_PROVEN',
    says: /no record of a successful deploy to staging .* was found on this machine or in the registry\. Deploy there first: tozo deploy --environment staging/,
    prepare: (stages) => stages.write({ version: 1 }),
  },
  {
    name: 'staging was verified too long ago',
    code: 'NOT_PROVEN',
    says: /staging verified these images 30 h ago \(v\d+\), and deploy\.json accepts 24h\. Deploy there first/,
    async prepare(stages) {
      await stages.prove({ version: 1 });
      await age(stages, 30);
    },
  },
  {
    name: 'staging runs something else by now',
    code: 'NOT_PROVEN',
    says: /staging runs v\d+ \("Deployed web \(\w{12}\)" by .*\), and no deploy of these images was recorded\. Deploy there/,
    async prepare(stages) {
      await stages.prove({ version: 1 });
      await stages.write({ version: 2, behavior: 'crashes' });
      const { imageId } = (await stages.deploy('staging')).report;
      await releaseByHand(stages.staging.name, imageId!);
    },
  },
  {
    name: 'the registry has lost the image',
    code: 'IMAGE_MISSING',
    says: /The registry no longer has the images of staging v\d+: \w+ isn't in .*\/web\. Deploy there again/,
    async prepare(stages) {
      await stages.prove({ version: 1 });
      sandbox.faults.add({
        on: {
          service: 'registry',
          method: 'GET',
          path: `^/v2/${stages.staging.name}/web/manifests/(latest|sha256)`,
          times: 2,
        },
        effect: { kind: 'answer', status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' },
      });
    },
  },
];

test.concurrent.each(refusals)('is refused when $name, and changes nothing', async ({ code, says, prepare }) => {
  await using stages = await createStages(sandbox, after);
  await prepare(stages);
  const before = await stages.production.state();
  const { report } = await stages.promote();
  expect(report).toMatchObject({ outcome: 'failed', exitCode: 1, error: { code } });
  expect(report.text).toMatch(/^FAILED .*: nothing was changed: /);
  expect(report.text).toMatch(says);
  expect(await stages.production.state()).toEqual(before);
});

test.concurrent('an unhealthy version is rolled back in production, and staging stays', async () => {
  await using stages = await createStages(sandbox, after);
  await stages.prove({ version: 1 });
  expect((await stages.promote()).report.outcome).toBe('deployed');
  const health = { versionHeader: 'x-version', holdSeconds: 0.1, timeoutSeconds: 3, bodyIncludes: '"staging"' };
  await stages.prove({ version: 2, web: { health } });
  const before = await stages.staging.state();
  const { report } = await stages.promote();
  expect(report).toMatchObject({ outcome: 'rolled-back', exitCode: 3 });
  expect((await stages.production.state()).response).toBe(responseOf(1, 'production'));
  expect(await stages.staging.state()).toEqual(before);
  expect((await stages.production.state()).releases[0]!.description).toMatch(/^Rollback to v/);
});

test.concurrent('a deploy to production is refused unless staging runs the very same images', async () => {
  await using stages = await createStages(sandbox, after);
  await stages.prove({ version: 1 });
  const { imageId } = (await stages.deploy('production')).report;
  expect((await stages.promote()).report).toMatchObject({ outcome: 'unchanged', imageId });

  await stages.write({ version: 2 });
  const before = await stages.production.state();
  const { report } = await stages.deploy('production');
  expect(report).toMatchObject({ outcome: 'failed', error: { code: 'NOT_PROVEN' } });
  expect(report.text).toMatch(
    /production comes after staging, and staging \(v\d+\) runs other images of web.*tozo promote staging production/,
  );
  expect(await stages.production.state()).toEqual(before);

  await stages.write({ version: 1, config: { configVars: { MODE: 'quiet' } } });
  await age(stages, 30);
  expect((await stages.deploy('production')).report, 'config vars only').toMatchObject({
    outcome: 'deployed',
    imageId,
  });
});

test.concurrent('a re-deploy of what production had before needs no new proof (fault 113, deploy)', async () => {
  await using stages = await createStages(sandbox, after);
  const [older, newer] = ['a'.repeat(40), 'b'.repeat(40)];
  const releaseOf = async (version: number, revision: string) => {
    await stages.write({ version });
    await stages.deploy('staging', { revision });
    return (await stages.promote()).report;
  };
  const { imageId } = await releaseOf(1, older);
  expect(await releaseOf(2, newer)).toMatchObject({ outcome: 'deployed' });
  await stages.write({ version: 1 });
  const compareCommits = async () => ({ relation: 'older' as const });
  const { report } = await stages.deploy('production', { revision: older, compareCommits });
  expect(report).toMatchObject({ outcome: 'deployed', imageId, imagesFrom: { app: stages.production.name } });
  expect((await stages.production.state()).response).toBe(responseOf(1, 'production'));
});

test.concurrent('an unchanged deploy to staging proves its images anew', async () => {
  await using stages = await createStages(sandbox, after);
  await stages.prove({ version: 1 });
  await age(stages, 30);
  expect((await stages.deploy('staging')).report.outcome).toBe('unchanged');
  expect((await stages.promote()).report.outcome).toBe('deployed');
});

/** Releases an image as `heroku container:release` does. */
async function releaseByHand(app: string, image: string): Promise<void> {
  const body = { updates: [{ type: 'web', docker_image: image }] };
  await callHeroku(sandbox, 'PATCH', `/apps/${app}/formation`, { body, variant: 'docker-releases' });
}

function recordsOf(app: string) {
  return openRecords({ app, target: 'sandbox' });
}

/** Makes staging's record older. */
async function age({ staging }: Stages, hours: number): Promise<void> {
  const records = recordsOf(staging.name);
  const record = await records.latest();
  const at = new Date(Date.parse(record!.at) - hours * 3_600_000).toISOString();
  expect(await records.write({ ...record!, at })).toBeUndefined();
}
