/** Unpacks 20,000 hostile layers next to a tree of canaries and checks that nothing outside the image changes. Ten minutes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

const [layers = '20000'] = process.argv.slice(2);
const args = ['run', '--config', '../../vitest.slow.config.ts', 'src/dynos/image/canaries.slow.test.ts'];
const { status } = spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, {
  cwd: join(workspaceRoot, 'packages/sandbox'),
  stdio: 'inherit',
  env: { ...process.env, CANARY_LAYERS: layers },
});
process.exitCode = status ?? 1;
