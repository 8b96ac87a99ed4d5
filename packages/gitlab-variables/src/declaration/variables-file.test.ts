import { describe, expect, it } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { parseVariablesFile } from './variables-file.ts';

const parse = (content: unknown) =>
  parseVariablesFile(typeof content === 'string' ? content : JSON.stringify(content), 'variables.json');

describe('parseVariablesFile', () => {
  it.each([
    ['invalid JSON', '{', "variables.json isn't valid JSON."],
    ['a list', [], 'variables.json: must be an object with "variables".'],
    ['no variables', {}, 'variables.json: "variables" must be an array.'],
  ])('rejects %s', async (_name, content, message) => {
    const error = await failureOf(() => parse(content));
    expect(error).toMatchObject({ code: 'FILE_INVALID', message });
  });

  it('reports all problems at once, each with its path', async () => {
    const error = await failureOf(() =>
      parse({
        variable: [],
        variables: [
          { key: 'A', fromEnv: 'A', mask: true, protected: 'yes' },
          'B',
          { fromEnv: 'C', type: 'text' },
          { key: 'D' },
          { key: 'E', value: 'secret', masked: true },
          { key: 'F', value: 'x' },
          { key: 'F', value: 'y' },
          { key: 'G', value: 'x', nonsense: 1 },
        ],
      }),
    );
    expect(error.message.split('\n')).toEqual([
      'variables.json: "variable" is an unknown key: use "variables" or "owner".',
      'variables.json: variables[0].mask is an unknown key: use key, value, fromEnv, fromFile, fromCommand, fromStdin, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: variables[0].protected must be true or false.',
      'variables.json: variables[1] must be an object.',
      'variables.json: variables[2].key is missing.',
      'variables.json: variables[2].type must be "env_var" or "file".',
      'variables.json: variables[3].fromEnv is one of value, fromEnv, fromFile, fromCommand, fromStdin: use exactly one.',
      'variables.json: variables[4].value must not be in the file because the variable is masked: use "fromEnv" instead.',
      'variables.json: variables[7].nonsense is an unknown key: use key, value, fromEnv, fromFile, fromCommand, fromStdin, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: F is declared twice: keep one.',
    ]);
    expect(error.message).not.toContain('secret');
  });

  it.each([
    [
      'both',
      { value: 'x', fromEnv: 'X' },
      'variables[0].fromEnv is one of value, fromEnv, fromFile, fromCommand, fromStdin',
    ],
    ['an empty name', { fromEnv: '' }, 'variables[0].fromEnv must not be empty'],
    ['a command line', { fromCommand: 'op read x' }, 'variables[0].fromCommand must be an array of strings'],
    ['an empty command', { fromCommand: [] }, 'variables[0].fromCommand must be an array of strings'],
    ['a number', { fromFile: 7 }, 'variables[0].fromFile must be a string'],
    ['no stdin', { fromStdin: false }, 'variables[0].fromStdin must be true'],
  ])('rejects %s as the source of a value', async (_name, source, message) => {
    const error = await failureOf(() => parse({ variables: [{ key: 'A', ...source }] }));
    expect(error.message).toContain(`variables.json: ${message}`);
  });

  it('rejects two values from standard input, and an owner that no description can carry', async () => {
    const error = await failureOf(() =>
      parse({ owner: 'a b', variables: ['A', 'B'].map((key) => ({ key, fromStdin: true })) }),
    );
    expect(error.message.split('\n')).toEqual([
      'variables.json: "owner" must be a name of letters, digits and "._/-", at most 100 characters.',
      'variables.json: "fromStdin" is used twice: standard input has one value.',
    ]);
  });

  it('keeps apart what is declared and what is left out', () => {
    expect(
      parse({
        $schema: 'https://example.com/schema.json',
        owner: 'shop',
        variables: [
          { key: 'A', fromEnv: 'KEY', hidden: true, environmentScope: 'production/*', description: '' },
          { key: 'B', value: 'shop', protected: false },
        ],
      }),
    ).toEqual({
      owner: 'shop',
      variables: [
        { key: 'A', environmentScope: 'production/*', hidden: true, description: null, source: { fromEnv: 'KEY' } },
        { key: 'B', environmentScope: '*', protected: false, source: { value: 'shop' } },
      ],
    });
  });
});
