/** Runs Heroku's CLI, more than 100 commands, against the sandbox under Heroku's own names. Ten minutes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment } from '../src/testing/tozo.ts';
import { startDockerDaemon } from '../real/docker-daemon.ts';
import { invocations } from '../real/heroku-cli/invocations.ts';
import { installCli, runInvocation } from '../real/heroku-cli/run-cli.ts';
import { startRealNames } from '../real/real-names.ts';

const bin = installCli(process.env['HEROKU_CLI'] ?? join(import.meta.dirname, '../out/heroku-cli'));
const [recordFile] = process.argv.slice(2);

await using world = await startRealNames();
await using engine = await startDockerDaemon({ enter: world.namespace.enter() });
const directory = join(world.namespace.directory, 'app');
await mkdir(directory);
const files = {
  'main.js': `require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT);`,
  'worker.js': `setInterval(() => console.log('working'), 500);`,
  'release.js': `console.log('migrating');`,
  ...Object.fromEntries(
    [
      ['web', 'main'],
      ['worker', 'worker'],
      ['release', 'release'],
    ].map(([type, script]) => [
      `Dockerfile.${type}`,
      `FROM node:20-slim\nWORKDIR /app\nCOPY *.js ./\nCMD ["node", "${script}.js"]\n`,
    ]),
  ),
};
for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);

const env = cleanEnvironment({
  PATH: `${bin}:/usr/bin:${process.env['PATH']}`,
  HOME: join(world.namespace.directory, 'home'),
  HEROKU_API_KEY: world.apiKey,
  NODE_EXTRA_CA_CERTS: world.caFile,
  SSL_CERT_FILE: world.caFile,
  DOCKER_HOST: `unix://${engine.socketPath}`,
  DOCKER_BUILDKIT: '0',
  DISABLE_TELEMETRY: 'true',
  HEROKU_SKIP_NEW_VERSION_CHECK: '1',
  BROWSER: '/bin/true',
  TERM: 'dumb',
});

let passed = 0;
for (const [index, invocation] of invocations.entries()) {
  const { problems, output } = await runInvocation(invocation, { enter: world.namespace.enter(directory), env });
  const isOk = problems.length === 0;
  if (isOk) passed++;
  console.log(`${isOk ? 'ok    ' : 'FAILED'} ${String(index + 1).padStart(3)} heroku ${invocation.args}`);
  if (!isOk) console.log([...problems, output].join('\n').replaceAll(/^/gm, '           '));
}
if (recordFile !== undefined) await writeFile(recordFile, JSON.stringify(await world.journal()));
console.log(`${passed} of ${invocations.length} invocations as on Heroku`);
process.exitCode = passed === invocations.length ? 0 : 1;
