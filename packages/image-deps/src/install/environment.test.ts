import { expect, test } from 'vitest';
import { installEnvironment } from './environment.ts';

test("passes on a registry's token, but neither Heroku's key nor what npm run and Node set", () => {
  const env = installEnvironment({
    PATH: '/bin',
    NPM_TOKEN: 'token',
    npm_config_registry: 'http://127.0.0.1',
    HEROKU_API_KEY: 'key',
    npm_config_local_prefix: '/elsewhere',
    npm_config_workspace: 'shop',
    npm_lifecycle_event: 'deploy',
    NODE_OPTIONS: '--import=tsx',
  });
  expect(env).toMatchObject({ PATH: '/bin', NPM_TOKEN: 'token', npm_config_registry: 'http://127.0.0.1' });
  expect(Object.keys(env).filter((name) => /HEROKU|prefix|workspace|lifecycle|NODE_OPTIONS/.test(name))).toEqual([]);
  expect(installEnvironment({ NODE_OPTIONS: '--use-openssl-ca' })).toMatchObject({ NODE_OPTIONS: '--use-openssl-ca' });
});
