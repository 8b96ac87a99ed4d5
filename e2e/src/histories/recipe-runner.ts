import { type DeployJob, History, type JobEnd, type Pipeline, type Runner } from './history.ts';
import { type App, apps } from './project.ts';
import type { Situation } from './situations.ts';

/** What a job found that it has to do. */
export type Verdict =
  | { readonly kind: 'deploy' }
  | { readonly kind: 'release'; readonly commits: readonly string[] }
  | { readonly kind: 'done' | 'refused' };

/** A way to deploy: what runs in lint-test, and what in the job of an app. */
export interface Recipe {
  readonly name: string;
  /** Runs in lint-test. Returns what it hands over. */
  lint(history: History, pipeline: Pipeline): Promise<unknown>;
  /** Runs in the deploy job of an app, with what lint-test of its pipeline handed over. */
  decide(history: History, job: DeployJob, run: RecipeState): Promise<Verdict>;
}

/** What a job of a recipe can know beside git and GitLab. */
export interface RecipeState {
  readonly handedOver: unknown;
  /** The commit that was rolled back. */
  readonly rolledBack: string | undefined;
}

/** Lives through a situation with a recipe. Returns what each app runs at its end. @param record receives GitLab's records */
export async function runsAfter(
  { happen }: Situation,
  recipe: Recipe,
  record: (job: DeployJob) => void = () => undefined,
): Promise<string[]> {
  using history = new History(new RecipeRunner(recipe), record);
  await happen(history);
  return apps.map((app) => history.runs.get(app) ?? 'nothing');
}

/** Runs a recipe's decisions in this process. A deploy is a version in `history.runs`. */
export class RecipeRunner implements Runner {
  readonly #recipe: Recipe;
  readonly #handedOver = new Map<number, unknown>();
  /** What the deploy records say: the version by app and commit. */
  readonly #released = new Map<string, string>();
  readonly #rolledBack = new Map<App, string>();

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  async lint(history: History, pipeline: Pipeline): Promise<void> {
    this.#handedOver.set(pipeline.id, await this.#recipe.lint(history, pipeline));
  }

  async deploy(history: History, job: DeployJob, end: JobEnd): Promise<DeployJob['status']> {
    const { app, pipeline } = job;
    const verdict = await this.#recipe.decide(history, job, {
      handedOver: this.#handedOver.get(pipeline.id),
      rolledBack: this.#rolledBack.get(app),
    });
    if (verdict.kind === 'done') return 'success';
    if (verdict.kind === 'refused') return 'failed';
    if (end === 'is rolled back') this.#rolledBack.set(app, pipeline.commit);
    else if (!end.endsWith('early')) this.#release(history, job, verdict.kind === 'release' ? verdict.commits : []);
    if (end !== 'success') return end.startsWith('is canceled') ? 'canceled' : 'failed';
    this.#released.set(`${app} ${pipeline.commit}`, history.runs.get(app)!);
    return 'success';
  }

  #release(history: History, { app, pipeline }: DeployJob, recorded: readonly string[]): void {
    const known = recorded
      .map((commit) => this.#released.get(`${app} ${commit}`))
      .find((version) => version !== undefined);
    history.runs.set(app, known ?? history.project.versionAt(pipeline.commit, app));
  }
}
