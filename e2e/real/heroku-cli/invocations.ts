/** One call of Heroku's CLI, and what it must print. */
export interface Invocation {
  readonly args: string;
  /** Default: 0. */
  readonly code?: number;
  /** Texts that stdout and stderr must contain, each on one line once wrapped lines are joined. */
  readonly prints?: readonly string[];
  readonly input?: string;
  /** The command runs until this text is printed, and is then interrupted. */
  readonly until?: string;
  /** Repeats the command for some seconds until it prints the texts. */
  readonly repeat?: boolean;
}

const missing = (what: string): Pick<Invocation, 'code' | 'prints'> => ({
  code: 2,
  prints: [`Couldn't find that ${what}.`, 'Error ID: not_found'],
});
const lacking = (endpoint: string): Pick<Invocation, 'code' | 'prints'> => ({
  code: 2,
  prints: [`Heroku has ${endpoint}, but @tozo/sandbox doesn't.`, 'Error ID: not_implemented'],
});

/** A day of a team with container apps, in order. Words with spaces are in single quotes. */
export const invocations: readonly Invocation[] = [
  // Who and where
  { args: 'auth:whoami', prints: ['sandbox@example.com'] },
  { args: 'apps', prints: ['=== sandbox@example.com Apps', 'shop'] },
  { args: 'apps --all', prints: ['shop'] },
  { args: 'apps --json', prints: ['"name": "shop"'] },
  { args: 'apps:info -a shop', prints: ['Owner: sandbox@example.com', 'Region: us', 'Stack: container'] },
  { args: 'apps:info -a shop --json', prints: ['"pipeline_coupling": null', '"role": "owner"'] },
  { args: 'apps:info -a shop --shell', prints: ['stack=container', 'owner=sandbox@example.com'] },
  { args: 'apps:info -a nobody', ...missing('app') },
  { args: 'apps:create stage --stack container --no-remote', prints: ['done, stack is container'] },
  { args: 'apps:create stage --stack container --no-remote', code: 2, prints: ['Name stage is already taken'] },
  { args: 'apps:create Stage --stack container --no-remote', code: 2, prints: ['Name must start with a letter'] },
  { args: 'apps:create other --stack cobol --no-remote', code: 2, prints: ['cobol'] },
  { args: 'regions', prints: ['eu Europe Common Runtime', 'us United States Common Runtime'] },
  { args: 'regions --json', prints: ['"name": "eu"'] },
  { args: 'apps:stacks -a shop', prints: ['* container', 'heroku-24'] },
  { args: 'access -a shop', prints: ['sandbox@example.com owner deploy, manage, operate, view'] },
  { args: 'access -a shop --json', prints: ['"email": "sandbox@example.com"'] },
  { args: 'access -a nobody', ...missing('app') },
  { args: 'teams', prints: ['Team'] },
  { args: 'addons -a shop', prints: ['No add-ons for app shop.'] },
  { args: 'addons --all', prints: ['No add-ons.'] },
  { args: 'domains -a shop', prints: ['=== shop Heroku Domain', '127.0.0.1:'] },
  { args: 'domains -a shop --json', prints: ['"kind": "heroku"'] },
  { args: 'drains -a shop' },
  { args: 'certs -a shop', prints: ['shop has no SSL certificates.'] },
  { args: 'buildpacks -a shop', prints: ['shop has no Buildpacks.'] },
  { args: 'webhooks -a shop', ...lacking('GET /apps/shop/webhooks') },
  { args: 'spaces', ...lacking('GET /spaces') },
  { args: 'webhooks -a nobody', ...missing('app') },

  // Config vars
  { args: "config:set A=1 'B=two words' -a shop", prints: ['done, v3', 'A: 1', 'B: two words'] },
  { args: 'config -a shop', prints: ['=== shop Config Vars', 'B: two words'] },
  { args: 'config -a shop --shell', prints: ['A=1', "B='two words'"] },
  { args: 'config -a shop --json', prints: ['"B": "two words"'] },
  { args: 'config:get B -a shop', prints: ['two words'] },
  { args: 'config:unset A B -a shop', prints: ['done, v4'] },
  { args: 'config:set 1-2=3 -a shop', code: 2, prints: ['Config var key 1-2'] },
  { args: 'config -a nobody', ...missing('app') },

  // Before the first deploy
  { args: 'ps -a shop', prints: ['No dynos on shop'] },
  { args: 'ps:scale -a shop', code: 1, prints: ['No process types on shop.'] },
  { args: 'ps:scale web=2 -a shop', ...missing('process type') },
  { args: 'ps:restart -a shop', prints: ['done'] },
  { args: 'run --no-tty -a shop -- ls', code: 2, prints: ['has no image to run run with'] },
  { args: 'releases:output -a shop', prints: ['Release v4 has no release output available.'] },
  { args: 'releases:retry -a shop', code: 2, prints: ['App must have a release-phase command'] },
  { args: 'releases:rollback -a shop', code: 2 },

  // Deploy
  { args: 'container:login', prints: ['Login Succeeded'] },
  { args: 'container:push --recursive -a shop', prints: ['Your images have been successfully pushed.'] },
  { args: 'container:push --recursive -a nobody', ...missing('app') },
  { args: 'container:release web -a shop', prints: ['Releasing images web to shop... done'] },
  { args: 'releases -a shop -n 1', prints: ['v5 Deployed web (', 'Current: v5'] },
  { args: 'container:release web -a shop', prints: ['web was not updated, because it is already running'] },
  { args: 'container:release nothing -a shop', code: 1, prints: ['MANIFEST_UNKNOWN'] },
  { args: 'container:release web worker release -a shop', prints: ['Running release command...', 'migrating'] },
  { args: 'releases -a shop -n 1', prints: ['v6 Deployed web (', 'worker (', 'release ('], repeat: true },
  { args: 'releases -a shop --json', prints: ['"status": "succeeded"', '"version": 6'] },
  { args: 'releases:info -a shop', prints: ['=== Release v6', 'Eligible for Rollback?: Yes'] },
  { args: 'releases:info v2 -a shop', prints: ['Enable Logplex', 'Eligible for Rollback?: No'] },
  { args: 'releases:info v99 -a shop', ...missing('release') },
  { args: 'releases:output -a shop', prints: ['migrating'] },
  { args: 'releases:output v6 -a shop', prints: ['migrating'] },
  { args: 'releases:retry -a shop', prints: ['done, v7'] },
  { args: 'releases -a shop -n 1', prints: ['Current: v7', 'Retry of v6: Deployed web'], repeat: true },
  { args: 'container:pull web -a shop', prints: ['registry.heroku.com/shop/web'] },
  { args: 'apps:info -a shop', prints: ['Dynos: web: 1'], repeat: true },
  { args: 'apps:open -a shop', prints: ['Opening http://127.0.0.1:'] },

  // Dynos
  { args: 'ps -a shop', prints: ['=== web (Basic): node main.js (1)', 'web.1: up'], repeat: true },
  { args: 'ps web -a shop', prints: ['web.1: up'] },
  { args: 'ps web -a shop --json', prints: ['"state": "up"', '"command": "node main.js"'] },
  { args: 'ps nothing -a shop', code: 1, prints: ['No nothing dynos on shop'] },
  { args: 'ps:scale -a shop', prints: ['release=0:Basic web=1:Basic worker=0:Basic'] },
  { args: 'ps:scale worker=1 -a shop', prints: ['done, now running worker at 1:Basic'] },
  { args: 'ps:scale worker+1 -a shop', code: 2, prints: ['Cannot update to more than 1 Basic size dynos'] },
  { args: 'ps:scale web=1:standard-2x -a shop', code: 2, prints: ['Cannot use the following dyno types'] },
  { args: 'ps:scale worker-2 -a shop', code: 2, prints: ['quantity must be a whole number from 0 to 100.'] },
  { args: 'ps:scale web=1:standard-2x worker=2:standard-1x -a shop', prints: ['web at 1:Standard-2X'] },
  { args: 'ps:scale worker-1 -a shop', prints: ['done, now running worker at 1:Standard-1X'] },
  { args: 'ps:scale web=101 -a shop', code: 2, prints: ['quantity must be a whole number from 0 to 100.'] },
  { args: 'ps:scale web=1:huge -a shop', code: 2, prints: ['No such dyno size as huge.'] },
  { args: 'ps:scale nothing=1 -a shop', ...missing('process type') },
  { args: 'ps:type -a shop', prints: ['web Standard-2X 1 ~$0.069 $50'] },
  { args: 'ps:type basic -a shop', prints: ['web Basic 1 ~$0.010 $7'] },
  { args: 'ps:type -a shop', prints: ['worker Basic 1'] },
  { args: 'ps:wait -a shop' },
  { args: 'ps:restart -a shop', prints: ['Restarting all dynos on shop... done'] },
  { args: 'ps:restart -p worker -a shop', prints: ['Restarting all worker dynos on shop... done'] },
  { args: 'ps:restart -d web.1 -a shop', prints: ['Restarting dyno web.1 on shop... done'] },
  { args: 'ps:restart -p nothing -a shop', ...missing('process type') },
  { args: 'ps:stop -p worker -a shop', prints: ['Stopping all worker dynos on shop... done'] },
  { args: 'ps:stop -d web.1 -a shop', prints: ['Stopping dyno web.1 on shop... done'] },
  { args: 'ps:stop -d web.9 -a shop', ...missing('dyno') },
  { args: 'ps -a shop', prints: ['web.1: up', 'worker.1: up'], repeat: true },

  // One-off dynos
  { args: "run --no-tty -a shop -- 'node -p 1+1'", prints: ['2', 'up, run.'] },
  { args: "run -x --no-tty -a shop -- 'node -p 2+2'", prints: ['4'] },
  { args: 'run -x --no-tty -a shop -- \'node -e "process.exit(3)"\'', code: 3, prints: ['exited with code 3'] },
  { args: "run -e 'COLOR=red' --no-tty -a shop -- 'node -p process.env.COLOR'", prints: ['red'] },
  { args: "run --no-tty -a shop -- 'node -'", input: 'console.log(6 * 7)\n', prints: ['42'] },
  { args: "run --type worker --no-tty -a shop -- 'node -p process.env.DYNO'", prints: ['worker.'] },
  { args: "run -s standard-2x --no-tty -a shop -- 'node -p 1'", prints: ['up, run.'] },
  { args: 'run --no-tty -a shop -- nothing', prints: ['Process failed to start'] },
  { args: 'run:detached -a shop node release.js', prints: ['done, run.', 'Run heroku logs --app shop --dyno run.'] },
  { args: "run:detached -t -a shop 'node worker.js'", until: 'app[run.', prints: ['working'] },
  { args: 'ps:stop -p run -a shop', prints: ['Stopping all run dynos on shop... done'] },

  // Logs
  { args: 'logs -a shop', prints: ['app[worker.1]: working'] },
  { args: 'logs -n 2 -a shop', prints: ['app[worker.1]: working'] },
  { args: 'logs --source app -d worker -n 1 -a shop', prints: ['app[worker.1]: working'] },
  { args: 'logs -p run -a shop', prints: ['migrating'] },
  { args: 'logs --tail -d worker.1 -a shop', until: 'app[worker.1]: working', prints: ['app[worker.1]: working'] },
  { args: 'logs -a nobody', ...missing('app') },

  // Rollback and removal
  { args: 'releases:rollback v5 -a shop', prints: ['done, v8', 'Rollback affects code and config vars'] },
  { args: 'releases -a shop -n 1', prints: ['Current: v8', 'Rollback to v5'], repeat: true },
  { args: 'releases:rollback v2 -a shop', code: 2, prints: ['Cannot roll back to v2'] },
  { args: 'container:release worker -a shop', prints: ['Releasing images worker to shop... done'] },
  { args: 'container:rm worker -a shop', prints: ['Removing container worker for shop... done'] },
  { args: 'ps:scale -a shop', prints: ['release=0:Basic web=1:Basic'] },
  { args: 'container:rm worker -a shop', ...missing('process type') },
  { args: 'config:set COLOR=blue -a shop', prints: ['COLOR: blue'] },

  // Maintenance, features, labs
  { args: 'maintenance -a shop', prints: ['off'] },
  { args: 'maintenance:on -a shop', prints: ['done'] },
  { args: 'maintenance -a shop', prints: ['on'] },
  { args: 'maintenance:off -a shop', prints: ['done'] },
  { args: 'features -a shop', prints: ['[ ] preboot'] },
  { args: 'features:enable preboot -a shop', code: 2, prints: ['Preboot is not available for Basic dynos.'] },
  { args: 'ps:type standard-1x -a shop', prints: ['web Standard-1X 1'] },
  { args: 'features:enable preboot -a shop', prints: ['done'] },
  { args: 'features:enable preboot -a shop', code: 1, prints: ['preboot is already enabled.'] },
  { args: 'features:info preboot -a shop', prints: ['Enabled: true'] },
  { args: 'features:disable preboot -a shop', prints: ['done'] },
  { args: 'features:info nothing -a shop', ...missing('feature') },
  { args: 'labs -a shop', prints: ['=== User Features sandbox@example.com'] },
  { args: 'labs:info nothing -a shop', ...missing('feature') },
  { args: 'labs:enable nothing -a shop', code: 2 },

  // Pipelines
  { args: 'pipelines', prints: ['=== My Pipelines'] },
  { args: 'pipelines:create store -a stage -s staging', prints: ['Adding stage to store pipeline as staging... done'] },
  {
    args: 'pipelines:add store -a shop -s production',
    prints: ['Adding shop to store pipeline as production... done'],
  },
  { args: 'pipelines:add store -a shop -s production', code: 2, prints: ['App shop is already in a pipeline.'] },
  { args: 'pipelines:info store', prints: ['owner: sandbox@example.com', 'stage staging', 'shop production'] },
  { args: 'apps:info -a shop', prints: ['Pipeline: - production'] },
  {
    args: 'pipelines:promote -a stage',
    code: 2,
    prints: ['Pipeline promotions are not supported on apps pushed via Heroku Container Registry.'],
  },
  { args: 'pipelines:update -a stage -s development', prints: ['done'] },
  { args: 'pipelines:rename store market', prints: ['done'] },
  { args: 'pipelines', prints: ['market'] },
  { args: 'pipelines:info store', code: 1, prints: ['Pipeline not found'] },
  { args: 'pipelines:remove -a stage', prints: ['done'] },
  { args: 'pipelines:destroy market', prints: ['done'] },

  // The end
  { args: 'apps:rename staging -a stage', prints: ['Renaming stage to staging... done'] },
  { args: 'apps:destroy -a staging --confirm staging', prints: ['done'] },
  { args: 'apps:destroy -a shop --confirm stage', code: 1 },
  { args: 'container:logout', prints: ['Removing login credentials'] },
];
