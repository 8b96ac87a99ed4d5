/** `contract heroku|registry|gitlab`: the live service, held to the contract that the sandbox keeps; needs an account. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

interface LiveContract {
  /** Variables that must be set; their values are never printed. */
  readonly needs: readonly string[];
  readonly does: string;
}

const heroku = ['HEROKU_API_KEY'];
const contracts: Readonly<Record<string, LiveContract>> = {
  heroku: { needs: heroku, does: 'makes an app tozo-contract-… with one dyno for some minutes, and removes it' },
  registry: { needs: heroku, does: 'makes an app tozo-contract-… without dynos, pushes to it, and removes it' },
  gitlab: {
    needs: ['GITLAB_TOKEN', 'CONTRACT_GITLAB_PROJECT'],
    does: 'makes some 130 variables TOZO_CONTRACT_… in the project (a Maintainer’s token, scope api), and removes them',
  },
};

process.exitCode = run(process.argv[2]);

function run(name = ''): number {
  const contract = contracts[name];
  if (!contract) return refuse(name === '' ? 'Which contract?' : `There is no contract ${name}.`);
  const missing = contract.needs.filter((variable) => !process.env[variable]);
  if (missing.length > 0) return refuse(`Set ${missing.join(' and ')} first: the contract ${name} ${contract.does}.`);
  const args = ['run', '--config', 'vitest.live.config.ts', `src/contract/live/${name}.live.ts`];
  const options = { cwd: join(workspaceRoot, 'e2e'), stdio: 'inherit' } as const;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, options).status ?? 1;
}

function refuse(why: string): number {
  console.error(why);
  for (const [name, { needs, does }] of Object.entries(contracts)) {
    console.error(
      `  ${needs.map((variable) => `${variable}=…`).join(' ')} npm run prove contract ${name}\n    ${does}`,
    );
  }
  return 2;
}
