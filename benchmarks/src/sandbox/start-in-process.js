/** Prints the milliseconds to import the sandbox, to start one, and to start a second one in the same process. */
const times = [performance.now()];
const { startSandbox } = await import('@tozo/sandbox');
times.push(performance.now());
const first = await startSandbox({ apps: ['shop'] });
times.push(performance.now());
const second = await startSandbox({ apps: ['shop'] });
times.push(performance.now());
await Promise.all([first.close(), second.close()]);
const [imported, firstStarted, secondStarted] = times.slice(1).map((time, index) => time - times[index]);
console.log(JSON.stringify({ imported, firstStarted, secondStarted }));
