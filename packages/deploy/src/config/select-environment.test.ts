import { expect, test } from 'vitest';
import { parseConfig } from './load-config.ts';
import { selectEnvironment } from './select-environment.ts';

const plain = parseConfig('{"processes": {"web": {}}}');
const config = parseConfig(
  JSON.stringify({
    app: 'shop',
    processes: { web: {} },
    configVars: { LOG_LEVEL: 'info', CURRENCY: 'EUR' },
    environments: {
      staging: { app: 'shop-staging', configVars: { LOG_LEVEL: 'debug', STAGE: { fromEnv: 'STAGE' } } },
      production: { app: 'shop-live', after: { environment: 'staging', within: '24h' } },
    },
  }),
);

test('an environment has its own app, and its config vars come on top', () => {
  expect(selectEnvironment(config, 'staging', 'heroku')).toMatchObject({
    app: 'shop-staging',
    configVars: { LOG_LEVEL: 'debug', CURRENCY: 'EUR', STAGE: { fromEnv: 'STAGE', secret: true } },
  });
  expect(selectEnvironment(config, 'production', 'sandbox')).toMatchObject({
    app: 'shop-live',
    configVars: { LOG_LEVEL: 'info', CURRENCY: 'EUR' },
  });
});

test('without a name, the sandbox gets what all environments share, and Heroku nothing', () => {
  expect(selectEnvironment(config, undefined, 'sandbox')).toBe(config);
  expect(selectEnvironment(plain, undefined, 'heroku')).toBe(plain);
  expect(() => selectEnvironment(config, undefined, 'heroku')).toThrow(
    'deploy.json declares environments: say which one is meant, with --environment staging or production.',
  );
});

test.each([
  [config, 'prodution', 'deploy.json has no environment "prodution". Did you mean production?'],
  [config, 'x', 'deploy.json has no environment "x". Use staging or production.'],
  [config, 'constructor', 'deploy.json has no environment "constructor". Use staging or production.'],
  [config, '', /^The name after --environment is empty\. .*\$CI_ENVIRONMENT_NAME.* Use staging or production\.$/],
  [plain, '', /^The name after --environment is empty\. .*Drop --environment: deploy\.json declares none\.$/],
  [plain, 'production', /There's no environment production: deploy\.json declares none/],
])('refuses an environment that isn’t declared', (declared, name, message) => {
  expect(() => selectEnvironment(declared, name, 'sandbox')).toThrow(message);
});
