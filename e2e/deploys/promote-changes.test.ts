/* What happens to staging while its images are on their way to production. */
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createStages, type Stages } from '../src/testing/stages.ts';

/* Each test deploys several times, and they run at the same time. */
vi.setConfig({ testTimeout: 180_000 });

const after = { environment: 'staging', within: '24h' };
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 } });
});
afterAll(() => sandbox.close());

/** Goes back to an earlier release, as a person does. */
async function goBack({ staging }: Stages): Promise<void> {
  const { releases } = await staging.state();
  const { id } = releases.findLast(({ description }) => description.startsWith('Deployed'))! as unknown as {
    id: string;
  };
  await staging.call('POST', '/releases', { release: id });
}

const hasChanged =
  /nothing was released; v\d+ is still running: staging has changed in the meantime: it runs v\d+ \("Rollback to v\d+" by .*\) instead of the images of v\d+\. Check staging, then start again\./;

test.concurrent.each(['promotion', 'deploy'])(
  'a %s is refused if staging goes back while someone is asked, and changes nothing',
  async (kind) => {
    await using stages = await createStages(sandbox, after);
    await stages.prove({ version: 1 });
    await stages.promote();
    await stages.prove({ version: 2 });
    const before = await stages.production.state();
    const confirm = async () => {
      await goBack(stages);
      return true;
    };
    const { report } =
      kind === 'promotion' ? await stages.promote({ confirm }) : await stages.deploy('production', { confirm });
    expect(report).toMatchObject({ outcome: 'failed', exitCode: 1, error: { code: 'NOT_PROVEN' } });
    expect(report.text).toMatch(hasChanged);
    expect(await stages.production.state()).toEqual(before);
  },
);

test.concurrent('if staging goes back after the config vars are set, they go back, too', async () => {
  await using stages = await createStages(sandbox, after);
  const { imageId: image } = await stages.prove({ version: 1 });
  await stages.promote();
  await stages.prove({ version: 2, config: { configVars: { MODE: 'quiet' } } });
  const before = await stages.production.state();
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: `^/apps/${stages.production.name}/config-vars$` },
    effect: { kind: 'other-release', app: stages.staging.name, image: image!, when: 'after' },
  });
  const { report } = await stages.promote();
  expect(report).toMatchObject({ outcome: 'failed', exitCode: 1, error: { code: 'NOT_PROVEN' } });
  expect(report.text).toMatch(
    /: v\d+ = v\d+'s image \w+ runs, and the new values of MODE were undone: staging has changed/,
  );
  const { configVars, images, response } = await stages.production.state();
  expect({ configVars, images, response }).toEqual({
    configVars: before.configVars,
    images: before.images,
    response: before.response,
  });
});

test.concurrent('a config var that someone sets on staging changes nothing for production', async () => {
  await using stages = await createStages(sandbox, after);
  await stages.prove({ version: 1 });
  const set = () => stages.staging.call('PATCH', '/config-vars', { HAND: '1' });
  await set();
  const confirm = async () => {
    await set();
    return true;
  };
  expect((await stages.promote({ confirm })).report.outcome).toBe('deployed');
});
