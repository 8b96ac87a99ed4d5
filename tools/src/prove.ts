import { spawnSync } from 'node:child_process';
import { findProofs, proofDirectories } from './proofs.ts';
import { workspaceRoot } from './workspace.ts';

/** `npm run prove NAME [ARGUMENTS]` runs a proof and exits with its exit code. Without a name it lists all proofs. */
const [name, ...args] = process.argv.slice(2);
const proofs = findProofs(workspaceRoot);
const proof = proofs.find((candidate) => candidate.name === name);

if (proof) {
  const child = spawnSync(process.execPath, [...process.execArgv, proof.file, ...args], {
    cwd: workspaceRoot,
    stdio: 'inherit',
  });
  process.exitCode = child.status ?? 1;
} else {
  if (name !== undefined) {
    console.error(`Unknown proof ${name}.`);
    process.exitCode = 1;
  }
  const places = proofDirectories.map((directory) => `${directory}/NAME.ts`).join(' or ');
  console.log(proofs.length > 0 ? 'npm run prove NAME, where NAME is one of:' : `No proofs yet. Add one as ${places}.`);
  for (const { name: known, summary } of proofs) console.log(`  ${known.padEnd(24)} ${summary}`);
}
