import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Returns text such as `2 × AMD EPYC, 24 GB, Linux 6.18.44, Node.js 20.20.2`. */
export function describeMachine(): string {
  const cores = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return [cores, memory, `${type()} ${/^[\d.]+/.exec(release())?.[0] ?? ''}`, `Node.js ${process.versions.node}`].join(
    ', ',
  );
}

/** Returns the load average of the last five minutes, as text. */
export function describeLoad(): string {
  return `load ${loadavg()[1]!.toFixed(1)} before the first round`;
}
