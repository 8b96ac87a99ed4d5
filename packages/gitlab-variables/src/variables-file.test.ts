import { describe, expect, it } from 'vitest';
import { failureOf } from './testing/failure.ts';
import { parseVariablesFile, withValues } from './variables-file.ts';

const parse = (content: unknown) =>
  parseVariablesFile(typeof content === 'string' ? content : JSON.stringify(content), 'variables.json');

describe('a file of variables', () => {
  it.each([
    ['no JSON', '{', 'variables.json: it is not JSON.'],
    ['a list', [], 'variables.json: it should be an object with "variables".'],
    ['nothing in it', {}, 'variables.json: "variables" should be an array.'],
  ])('with %s is refused', async (_name, content, message) => {
    const error = await failureOf(() => parse(content));
    expect(error).toMatchObject({ code: 'FILE_INVALID', message });
  });

  it('lists all errors at once, each with its path and, for unknown keys, the known ones', async () => {
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
      'variables.json: "variable" is an unknown key: use "variables".',
      'variables.json: variables[0].mask is an unknown key: use key, value, fromEnv, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: variables[0].protected should be true or false.',
      'variables.json: variables[1] should be an object.',
      'variables.json: variables[2].key is missing.',
      'variables.json: variables[2].type should be "env_var" or "file".',
      'variables.json: variables[3].fromEnv or "value" should be given, one of them.',
      'variables.json: variables[4].value should not be in the file, since the variable is masked: name an environment variable in "fromEnv".',
      'variables.json: variables[7].nonsense is an unknown key: use key, value, fromEnv, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: F is declared twice.',
    ]);
    expect(error.message).not.toContain('secret');
  });

  it('names everything that is missing in the environment', async () => {
    const declared = parse({
      variables: [
        { key: 'A', fromEnv: 'ONE' },
        { key: 'B', fromEnv: 'TWO' },
        { key: 'C', fromEnv: 'THREE' },
      ],
    });
    const error = await failureOf(() => withValues(declared, { TWO: 'x', THREE: '' }));
    expect(error.message).toBe(
      'Not set in the environment, or empty: ONE, THREE. They hold the values of declared variables.',
    );
  });

  it('gives variables with the values that the environment holds', () => {
    const declared = parse({
      $schema: 'https://example.com/schema.json',
      variables: [
        {
          key: 'HEROKU_API_KEY',
          fromEnv: 'KEY',
          hidden: true,
          protected: true,
          environmentScope: 'production',
          description: 'deploys',
        },
        { key: 'HEROKU_APP', value: 'shop' },
      ],
    });
    expect(JSON.stringify(declared)).not.toContain('eight888');
    const [key, app] = withValues(declared, { KEY: 'eight888' });
    expect(key).toMatchObject({
      key: 'HEROKU_API_KEY',
      hidden: true,
      masked: true,
      protected: true,
      environmentScope: 'production',
      description: 'deploys',
    });
    expect(key?.value.reveal()).toBe('eight888');
    expect(app).toMatchObject({ key: 'HEROKU_APP', masked: false, environmentScope: '*' });
    expect(app?.value.reveal()).toBe('shop');
  });
});
