import { expect, it } from 'vitest';
import { checkVariables } from '../sync/check.ts';
import { stored } from '../testing/fake-gitlab.ts';
import { formatDeclaration } from './pull.ts';
import { knownValues } from './read-values.ts';
import { parseVariablesFile } from './variables-file.ts';

const current = [
  stored({ key: 'PLAIN', value: 'secret-1' }),
  stored({
    key: 'WHOLE',
    value: 'secret-2',
    type: 'file',
    protected: true,
    masked: true,
    raw: true,
    environmentScope: 'production/*',
    description: 'note',
  }),
  stored({ key: 'KEY', value: 'secret-3', hidden: true, environmentScope: 'production/*' }),
  stored({ key: 'KEY', value: 'secret-4', environmentScope: 'production-*' }),
  stored({ key: 'KEY', value: 'secret-5' }),
  stored({ key: 'KEY_PRODUCTION', value: 'secret-6' }),
];

it('declares every variable without its value, and no two with the same source', () => {
  const text = formatDeclaration(current);
  expect(text).not.toContain('secret');
  const { variables } = JSON.parse(text) as { variables: Record<string, unknown>[] };
  expect(variables[1]).toEqual({
    key: 'WHOLE',
    fromEnv: 'WHOLE',
    environmentScope: 'production/*',
    type: 'file',
    protected: true,
    masked: true,
    raw: true,
    description: 'note',
  });
  expect(variables.map(({ fromEnv }) => fromEnv)).toEqual([
    'PLAIN',
    'WHOLE',
    'KEY_PRODUCTION_2',
    'KEY_PRODUCTION_3',
    'KEY_ALL',
    'KEY_PRODUCTION',
  ]);
});

it('declares what a check then accepts', async () => {
  const { variables } = parseVariablesFile(formatDeclaration(current), 'variables.json');
  const expected = await knownValues(variables, { env: {}, directory: '/' });
  expect(checkVariables(expected, current).findings).toEqual([]);
});
