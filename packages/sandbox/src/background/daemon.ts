import { runDaemon } from './run-daemon.ts';

const [dir = '', idleMinutes = '', dynos] = process.argv.slice(2);

try {
  await runDaemon({ dir, idleMinutes: Number(idleMinutes), dynos: dynos === 'docker' ? dynos : 'process' });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
