/** The start of this package's own processes: the sandbox in the background, and what removes its containers. */
const [name, argument = ''] = process.argv.slice(2);

const entries: Readonly<Record<string, () => Promise<void>>> = {
  daemon: async () => {
    const { runDaemon } = await import('./background/run-daemon.ts');
    await runDaemon(JSON.parse(argument) as Parameters<typeof runDaemon>[0]);
  },
  'remove-leftovers': async () => {
    const { removeLeftovers } = await import('./dynos/docker/remove-leftovers.ts');
    await removeLeftovers(argument);
  },
};

try {
  const run = entries[name ?? ''];
  if (!run) throw new Error('This file is part of the command tozo. Run tozo sandbox start.');
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
