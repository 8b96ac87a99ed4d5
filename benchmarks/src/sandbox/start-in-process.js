/** Prints what importing the sandbox takes, and starting one: the first of a process, and a second beside it. */
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
