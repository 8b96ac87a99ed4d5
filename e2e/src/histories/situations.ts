import type { History } from './history.ts';
import { type App, apps } from './project.ts';

/** A history, and what must run at its end: for each app the name of the commit that wrote its version. */
export interface Situation {
  readonly title: string;
  readonly mustRun: Readonly<Record<App, string>>;
  readonly happen: (history: History) => Promise<void>;
}

/** The first commit is deployed everywhere, then it happens. */
function situation(title: string, [shop, till]: readonly [string, string], happen: Situation['happen']): Situation {
  return {
    title,
    mustRun: { shop, till },
    async happen(history) {
      history.push('c1');
      await history.deploy('c1');
      for (const app of apps) if (!history.runs.has(app)) history.runs.set(app, 'c1');
      await happen(history);
    },
  };
}

const shopOnly: readonly App[] = ['shop'];

export const situations: readonly Situation[] = [
  situation('a change of one app', ['c2', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
  }),
  situation('a revert pushed while the reverted commit is being deployed', ['c1', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    await history.lint('c2');
    history.project.revert('c3', 'c2');
    history.push('c3');
    await history.lint('c3');
    await history.deploy('c2');
    await history.deploy('c3');
  }),
  situation('a pipeline that lints slowly is overtaken by its revert', ['c1', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    history.project.revert('c3', 'c2');
    history.push('c3');
    await history.deploy('c3');
    await history.deploy('c2');
  }),
  situation('a pipeline that lints slowly is overtaken by a newer change', ['c3', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    await change(history, 'c3', shopOnly);
    await history.deploy('c2');
  }),
  situation('a revert after a job that failed for one of two apps', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', ['shop', 'till'], { till: 'fails early' });
    await revert(history, 'c3', 'c2');
  }),
  situation('a revert of a commit whose job failed after the release', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'fails late' });
    await revert(history, 'c3', 'c2');
  }),
  situation('a failed deploy followed by a docs commit', ['c2', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'fails early' });
    await change(history, 'c3', 'docs');
  }),
  situation('a failed lint-test followed by a docs commit', ['c2', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    history.end('c2', 'skipped');
    await change(history, 'c3', 'docs');
  }),
  situation('two commits in one push', ['c2', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    await change(history, 'c3', 'docs');
  }),
  situation('the merge of an old branch with a change', ['f1', 'c2'], async (history) => {
    history.project.branch('feature', 'c1');
    history.project.commit('f1', shopOnly);
    history.project.git('checkout', '-q', 'main');
    await change(history, 'c2', ['till']);
    await merge(history, 'm', 'feature');
  }),
  situation(
    'the merge of an old branch that only changes docs, after a failed deploy',
    ['c2', 'c1'],
    async (history) => {
      history.project.branch('feature', 'c1');
      history.project.commit('f1', 'docs');
      history.project.git('checkout', '-q', 'main');
      await change(history, 'c2', shopOnly, { shop: 'is canceled early' });
      await merge(history, 'm', 'feature');
    },
  ),
  situation('a branch with a change that was reverted on it, pushed as main', ['c1', 'c1'], async (history) => {
    await change(history, 's1', shopOnly);
    history.project.revert('s2', 's1');
    history.project.branch('feature', 'c1');
    history.project.commit('x', 'docs');
    history.project.git('merge', '-q', '--no-ff', '-m', 'm', 'main');
    history.project.git('checkout', '-q', 'main');
    history.project.git('merge', '-q', '--ff-only', 'feature');
    history.project.name('m');
    history.push('m');
    await history.deploy('m');
  }),
  situation('put back, then an unrelated merge', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop');
    await change(history, 'c3', 'docs');
  }),
  situation('put back, then two unrelated merges', ['c1', 'c4'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop');
    await change(history, 'c3', 'docs');
    await change(history, 'c4', ['till']);
  }),
  situation('put back, then a related merge', ['c4', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop');
    await change(history, 'c3', 'docs');
    await change(history, 'c4', shopOnly);
  }),
  situation('put back, then a schedule of the newest commit', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop');
    history.start('nightly', 'c2', 'schedule');
    await history.deploy('nightly');
  }),
  situation('put back, then the newest commit is re-deployed', ['c2', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop');
    await history.retry('c2', 'shop');
  }),
  situation('put back between lint-test and deploy of another pipeline', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    history.project.commit('c3', 'docs');
    history.push('c3');
    await history.lint('c3');
    await history.retry('c1', 'shop');
    await history.deploy('c3');
  }),
  situation('putting back fails half-way, then a docs commit', ['c2', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    await history.retry('c1', 'shop', 'fails late');
    await change(history, 'c3', 'docs');
  }),
  situation('a job of an old commit that failed is retried', ['c3', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'fails early' });
    await change(history, 'c3', shopOnly);
    await history.retry('c2', 'shop');
  }),
  situation('canceled before it starts, then a docs commit', ['c2', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    history.end('c2', 'canceled');
    await change(history, 'c3', 'docs');
  }),
  situation('a revert of a commit that was canceled after the release', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'is canceled late' });
    await revert(history, 'c3', 'c2');
  }),
  situation('a revert of a commit that was canceled before the release', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'is canceled early' });
    await revert(history, 'c3', 'c2');
  }),
  situation('a revert while the job of the reverted commit still runs', ['c1', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    await history.leaveRunning('c2', 'shop', true);
    history.project.revert('c3', 'c2');
    history.push('c3');
    await history.deploy('c3');
    history.finish('c2', 'shop', 'failed');
  }),
  situation('a job that GitLab refused as outdated, then a docs commit', ['c3', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    await change(history, 'c3', shopOnly);
    history.end('c2', 'failed');
    await change(history, 'c4', 'docs');
  }),
  situation('a force push that drops a deployed commit', ['c1', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly);
    history.project.reset('c1');
    await change(history, 'c3', 'docs');
  }),
  situation('a job of a commit that was force-pushed away', ['c3', 'c1'], async (history) => {
    history.project.commit('c2', shopOnly);
    history.push('c2');
    history.project.reset('c1');
    await change(history, 'c3', shopOnly);
    await history.deploy('c2');
  }),
  situation('what was rolled back, then a docs commit, then the fix', ['c4', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'is rolled back' });
    await change(history, 'c3', 'docs');
    await change(history, 'c4', shopOnly);
  }),
  situation('a failed change, then a pipeline started by hand', ['c2', 'c1'], async (history) => {
    await change(history, 'c2', shopOnly, { shop: 'fails early' });
    history.start('by hand', 'c2', 'web');
    await history.deploy('by hand');
  }),
  situation(
    'a failed change of a newer commit, then the older pipeline, then a docs commit',
    ['c3', 'c1'],
    async (history) => {
      history.project.commit('c2', shopOnly);
      history.push('c2');
      await history.lint('c2');
      history.project.commit('c3', ['shop']);
      history.push('c3');
      await history.deploy('c3', { shop: 'fails late' });
      await history.deploy('c2', {}, shopOnly);
      await change(history, 'c4', 'docs');
    },
  ),
];

type Ends = Parameters<History['deploy']>[1];

/** Pushes a commit, and runs its whole pipeline. */
async function change(history: History, name: string, what: readonly App[] | 'docs', ends: Ends = {}): Promise<void> {
  history.project.commit(name, what);
  history.push(name);
  await history.deploy(name, ends);
}

async function revert(history: History, name: string, reverted: string): Promise<void> {
  history.project.revert(name, reverted);
  history.push(name);
  await history.deploy(name);
}

async function merge(history: History, name: string, branch: string): Promise<void> {
  history.project.merge(name, branch);
  history.push(name);
  await history.deploy(name);
}
