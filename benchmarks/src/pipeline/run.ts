import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Monorepo } from '../../../e2e/real/pipeline/monorepo.ts';
import { interrupted } from '../process.ts';
import { app } from './repositories.ts';
import { Timeline } from './timeline.ts';

const pollEveryMs = 25;

export interface RunPipeline {
  /** Seconds from `git push` to the new version's response. */
  readonly responded: number;
  /** Seconds from the start of lint-test to its end. */
  readonly lintTest: number;
  /** Seconds from the deploy job's start until it reports the release. */
  readonly deploy: number;
}

/** Pushes the current commit, runs its pipeline, and waits until the app responds with this text. */
export async function runUntil(
  monorepo: Monorepo,
  text: string,
  deployJob: string,
  released: RegExp,
  variables: Readonly<Record<string, string>> = {},
): Promise<RunPipeline> {
  clearRunner(monorepo);
  const timeline = new Timeline();
  const over = new AbortController();
  const responded = (async () => {
    while (!over.signal.aborted) {
      if ((await monorepo.visit(app)) === text) return timeline.now();
      await sleep(pollEveryMs);
    }
    throw new Error(`The app never responded with ${text}.`);
  })();
  responded.catch(() => undefined);
  const { passed, log } = await monorepo.run({ variables, onOutput: timeline.onOutput, signal: interrupted });
  if (!passed) {
    over.abort();
    throw new Error(`The pipeline failed:\n${log}`);
  }
  const start = (job: string): number => timeline.at(new RegExp(`^${job} +starting `));
  const result = {
    responded: await responded,
    lintTest: timeline.at(/^lint-test +finished /) - start('lint-test'),
    deploy: timeline.at(released) - start(deployJob),
  };
  console.error(`${text}, ${deployJob}: ${JSON.stringify(result)}`);
  return result;
}

/** Runs the pipeline of a commit that changes no app. Returns seconds from the deploy script's start to its decision. */
export async function runNothingToDo(monorepo: Monorepo): Promise<{ seconds: number; requests: number }> {
  clearRunner(monorepo);
  const { journal } = monorepo.sandbox;
  const timeline = new Timeline();
  let before = 0;
  const onOutput = (text: string): void => {
    timeline.onOutput(text);
    // lint-test reads the deployments, too.
    if (new RegExp(`^deploy ${app} +starting`, 'm').test(text)) before = journal.entries().length;
  };
  const { passed, log } = await monorepo.run({ onOutput, signal: interrupted });
  if (!passed) throw new Error(`The pipeline failed:\n${log}`);
  const decided = timeline.at(/NOTHING TO DO/);
  // Each command of the script is printed before it runs. The first of it, after those of before_script:
  const script = timeline.at(new RegExp(`^deploy ${app} +\\$ if \\[ "tozo" = nx`));
  // The harness records the deployment.
  const requests = journal
    .entries()
    .slice(before)
    .filter(({ method }) => method === 'GET').length;
  console.error(`nothing to do: ${decided - script} s, ${requests} requests`);
  return { seconds: decided - script, requests };
}

/** A runner that ran other pipelines before deletes their files, which takes seconds: each pipeline has a new one. */
function clearRunner({ clone }: Monorepo): void {
  rmSync(join(clone.path, '.gitlab-ci-local/builds'), { recursive: true, force: true });
}
