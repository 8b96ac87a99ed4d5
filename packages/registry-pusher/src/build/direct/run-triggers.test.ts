import { expect, test } from 'vitest';
import { createDirectory } from '../../testing/directory.ts';
import { MemoryImages } from '../../testing/memory-images.ts';
import { ModelExecutor } from '../../testing/model-executor.ts';
import { buildDirect } from './build-direct.ts';
import { checkContext } from './check-context.ts';

async function build(trigger: string, isDigested: boolean) {
  await using directory = await createDirectory({ Dockerfile: 'FROM node:20\nRUN make\n', 'main.js': '' });
  const registry = new MemoryImages();
  await registry.putBase('docker.io/library/node:20', [{ 'etc/hostname': 'base' }], {
    OnBuild: [trigger],
    Env: ['T=bind'],
  });
  const request = { context: directory.path, dockerfile: directory.file('Dockerfile') };
  const checked = await checkContext(request, { canRun: true });
  if (isDigested) await checked.digest();
  const run = { executor: new ModelExecutor() };
  const built = await buildDirect(request, { registry, lock: 'write', checked, run });
  await built.close();
  return built.layers.map(({ instruction }) => instruction);
}

test.each([
  'COPY main.js /',
  'ADD main.js /',
  'RUN --mount=target=/all cp /all/main.js /',
  'RUN --mount=type=$T,target=/all cp /all/main.js /',
])(
  'with the digest of an earlier job, a base’s trigger takes no files that it doesn’t cover: ONBUILD %s',
  async (trigger) => {
    await expect(build(trigger, true)).rejects.toMatchObject({
      code: 'INSTRUCTION_UNSUPPORTED',
      message: expect.stringContaining(`doesn't cover: ONBUILD ${trigger}.`),
    });
    expect(await build(trigger, false)).toEqual([trigger, 'RUN make']);
  },
);

test('a trigger that takes no files of the context is fine', async () => {
  expect(await build('RUN --mount=type=cache,target=/c true', true)).toHaveLength(2);
});
