/** Holds a live service to the sandbox's contract: `contract heroku|registry|gitlab`. Needs an account. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

interface LiveContract {
  /** The variables that must be set. Their values are never printed. */
  readonly needs: readonly string[];
  readonly does: string;
}

const heroku = ['HEROKU_API_KEY'];
const contracts: Readonly<Record<string, LiveContract>> = {
  heroku: { needs: heroku, does: 'creates a few apps tozo-contract-…, with one dyno at most, and deletes them' },
  registry: { needs: heroku, does: 'creates an app tozo-contract-… without dynos, pushes to it and deletes it' },
  gitlab: {
    needs: ['GITLAB_TOKEN', 'CONTRACT_GITLAB_PROJECT'],
    does: 'creates about 130 variables TOZO_CONTRACT_… in the project and deletes them (Maintainer token, scope api)',
  },
};

process.exitCode = run(process.argv[2]);

function run(name = ''): number {
  const contract = contracts[name];
  if (!contract)
    return refuse(
      name === '' ? 'Missing contract: pass one of these.' : `Unknown contract ${name}: pass one of these.`,
    );
  const missing = contract.needs.filter((variable) => !process.env[variable]);
  if (missing.length > 0) return refuse(`Set ${missing.join(' and ')}: the contract ${name} ${contract.does}.`);
  const args = ['run', '--config', 'vitest.live.config.ts', `src/contract/live/${name}.live.ts`];
  const options = { cwd: join(workspaceRoot, 'e2e'), stdio: 'inherit' } as const;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, options).status ?? 1;
}

function refuse(reason: string): number {
  console.error(reason);
  for (const [name, { needs, does }] of Object.entries(contracts)) {
    console.error(
      `  ${needs.map((variable) => `${variable}=…`).join(' ')} npm run prove contract ${name}\n    ${does}`,
    );
  }
  return 2;
}
