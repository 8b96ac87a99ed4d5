import { RegistryPusherError } from '@tozo/registry-pusher';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DeployRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { checkRun } from './check-run.ts';

const request = {} as DeployRequest;
const failing = (error: unknown): Pick<Services, 'images'> => {
  const createBuilder = vi.fn().mockRejectedValue(error);
  return { images: { createBuilder } as unknown as Services['images'] };
};

test.each([
  ['RUN_REFUSED', 'problem'],
  ['ENGINE_UNAVAILABLE', 'problem'],
  ['REGISTRY_UNREACHABLE', 'note'],
] as const)('%s is a %s', async (code, state) => {
  const check = await checkRun(failing(new RegistryPusherError(code, 'the reason')), request);
  expect(check).toMatchObject({ state, text: expect.stringContaining('the reason') });
});

test('a registry that takes too long is worth a note, whatever ends the wait', async () => {
  const signal = AbortSignal.abort(new DOMException('timed out', 'TimeoutError'));
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(signal);
  onTestFinished(() => timeout.mockRestore());
  expect(await checkRun(failing(signal.reason), request)).toMatchObject({
    state: 'note',
    text: expect.stringContaining('60 seconds'),
  });
});

test('a defect is thrown and not reported as a finding', async () => {
  const defect = new TypeError('a defect');
  await expect(checkRun(failing(defect), request)).rejects.toBe(defect);
});
