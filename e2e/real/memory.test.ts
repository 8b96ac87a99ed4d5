import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { distributionPrograms, startDistribution } from './distribution.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./memory/push-large.ts', import.meta.url));
const absent = missingPrograms(distributionPrograms);
if (absent.length > 0)
  console.log(`skipped: not installed: ${absent.join(', ')} (apt-get install docker-registry apache2-utils)`);

/** A sample of `npm run prove pusher-memory`, which is one layer of 5 GiB. */
const { LAYER_MEBIBYTES = '512' } = process.env;
const most = 128;

const bare = 'process.stdout.write(String(process.resourceUsage().maxRSS))';
const ours = ['--conditions=@tozo/source', '--import=tsx', script];

/** Returns a process's peak memory in MiB. The process prints it in KiB. */
async function peak(...args: string[]): Promise<number> {
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return Number(stdout) / 1024;
}

describe.skipIf(absent.length > 0)('memory', () => {
  it(
    `a layer of ${LAYER_MEBIBYTES} MiB needs at most ${most} MiB more than bare Node.js, cold and warm (fault 28, registry-pusher)`,
    { timeout: 1_800_000 },
    async () => {
      await using registry = await startDistribution();
      const directory = mkdtempSync(join(tmpdir(), 'tozo-memory-'));
      try {
        writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY large /\n');
        writeFileSync(join(directory, 'large'), '');
        truncateSync(join(directory, 'large'), Number(LAYER_MEBIBYTES) * 2 ** 20);
        const target = `${registry.name}/shop/web:latest`;
        const push = () => peak(...ours, directory, target);
        const [node, cold, warm] = [await peak('-e', bare), await push(), await push()];
        console.log(
          `peak memory with a layer of ${LAYER_MEBIBYTES} MiB: ${[node, cold, warm].map((each) => each.toFixed(0)).join(', ')} MiB (bare Node.js, cold, warm)`,
        );
        expect(cold - node).toBeLessThan(most);
        expect(warm - node).toBeLessThan(most);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );
});
