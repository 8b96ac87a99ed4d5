import { describe, expect, it } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { parseVariablesFile, resolveValues } from './variables-file.ts';

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
      'variables.json: "variable" is an unknown key: use "variables".',
      'variables.json: variables[0].mask is an unknown key: use key, value, fromEnv, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: variables[0].protected must be true or false.',
      'variables.json: variables[1] must be an object.',
      'variables.json: variables[2].key is missing.',
      'variables.json: variables[2].type must be "env_var" or "file".',
      'variables.json: variables[3].fromEnv or "value" is required, but not both.',
      'variables.json: variables[4].value must not be in the file because the variable is masked: use "fromEnv" instead.',
      'variables.json: variables[7].nonsense is an unknown key: use key, value, fromEnv, type, environmentScope, description, protected, masked, raw, hidden.',
      'variables.json: F is declared twice: keep one.',
    ]);
    expect(error.message).not.toContain('secret');
  });

  it('reports every unset environment variable', async () => {
    const declared = parse({
      variables: [
        { key: 'A', fromEnv: 'ONE' },
        { key: 'B', fromEnv: 'TWO' },
        { key: 'C', fromEnv: 'THREE' },
      ],
    });
    const error = await failureOf(() => resolveValues(declared, { TWO: 'x', THREE: '' }));
    expect(error.message).toBe(
      'Unset or empty in the environment: ONE, THREE. Set them to the values of the declared variables.',
    );
  });

  it('adds the values from the environment', () => {
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
    const [key, app] = resolveValues(declared, { KEY: 'eight888' });
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
