import { expect } from 'vitest';
import type { RegistryPusherErrorCode } from '../image/errors.ts';

/** Expects a rejection with a code, and with texts in its message. */
export async function expectCode(
  work: Promise<unknown>,
  code: RegistryPusherErrorCode,
  ...texts: string[]
): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as { code: string; message: string },
  );
  expect(error).toMatchObject({ code });
  for (const text of texts) expect(error?.message).toContain(text);
}
