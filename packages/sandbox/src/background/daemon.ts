import { runDaemon } from './run-daemon.ts';
import type { DaemonOptions } from './spawn-daemon.ts';

const [options = ''] = process.argv.slice(2);

try {
  await runDaemon(JSON.parse(options) as DaemonOptions);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
