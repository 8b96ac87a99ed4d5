import { expect, test } from 'vitest';
import { startSandbox } from './server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, scriptImage } from '../testing/push-image.ts';
import { until } from '../testing/until.ts';

test('close() waits 5 s for dynos that ignore SIGTERM, not as long as a restart does', async () => {
  const sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const stubborn = scriptImage('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("ready")');
  const { imageId } = await pushImage(sandbox, 'shop/worker', stubborn);
  await api.release('shop', [{ type: 'worker', docker_image: imageId, quantity: 1 }]);
  await until(
    () => api.log('shop'),
    (log) => log.includes('ready'),
  );
  const started = performance.now();
  await sandbox.close();
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(4900);
  expect(took).toBeLessThan(20_000);
});
