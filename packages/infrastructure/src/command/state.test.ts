import { expect, test } from 'vitest';
import { describeTainted, parseState } from './state.ts';

const app = {
  mode: 'managed',
  type: 'heroku_app',
  name: 'shop',
  instances: [{ status: 'tainted', attributes: { id: 'uuid-1', name: 'shop-live' } }],
};
const stateOf = (...resources: object[]): string => JSON.stringify({ version: 4, serial: 1, resources });

test('says how to keep an app whose creation was not completed (fault 188, infrastructure)', () => {
  const stored = parseState(stateOf(app, { ...app, name: 'other', instances: [{ attributes: { id: 'uuid-2' } }] }));
  expect(describeTainted(stored, 'terraform -chdir=out')).toBe(
    "heroku_app.shop (shop-live) was created, but an error followed, so Terraform marked it as tainted and would replace it. If it's in order, keep it: terraform -chdir=out untaint heroku_app.shop",
  );
  expect(describeTainted(stored.slice(1), 'terraform')).toBeUndefined();
});

test('an empty state has nothing, and one in an unknown version is rejected', () => {
  for (const empty of ['', '\n', stateOf()]) expect(parseState(empty)).toEqual([]);
  for (const [text, reason] of [
    ['{"version": 5}', 'The state has the version 5, and only 4 is known'],
    ['{}', "The state isn't one of Terraform's"],
    ['null', "The state isn't one of Terraform's"],
    ['<html>', "The state isn't one of Terraform's"],
  ] as const)
    expect(() => parseState(text)).toThrow(
      expect.objectContaining({ code: 'STATE_INVALID', message: expect.stringContaining(reason) }),
    );
  expect(() => parseState('{"encrypted_data": "x", "encryption_version": "v0"}')).toThrow('only OpenTofu reads it');
});
