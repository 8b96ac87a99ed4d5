import { InitError } from './errors.ts';
import { addIgnored, addPlugin } from './files/add-lines.ts';
import { renderDeployJson } from './files/deploy-json.ts';
import { renderDockerfile, renderDockerignore } from './files/dockerfile.ts';
import { type FileChange, keepLineEnds } from './files/file-change.ts';
import { renderInfrastructure } from './files/infrastructure.ts';
import { planManifest } from './files/manifest.ts';
import { planPipeline, type PlannedPipeline } from './plan-pipeline.ts';
import { listRemovable, type Removable } from './leftovers.ts';
import {
  appNotes,
  deployCommandOf,
  infrastructureCommandOf,
  infrastructureNotes,
  proposeVersionHeader,
  startNotes,
  takenNotes,
} from './notes.ts';
import type { App } from './project/app.ts';
import { declaredDockerfile } from './project/declared-dockerfile.ts';
import { findProject, type Project } from './project/find-apps.ts';
import { execByHand } from './project/manager.ts';
import { joinPath, type Snapshot } from './project/snapshot.ts';
import { placesOf, takeOver, type TakeOver } from './takeover/take-over.ts';
import { type AppFacts, mergeFacts, type TakenLine } from './takeover/taken.ts';

export interface InitOptions {
  /** Where the command runs, relative to the root. */
  readonly directory: string;
  /** Of @tozo/cli, which the pipeline installs. */
  readonly version: string;
  /** Files of another deploy to take over, relative to the root. */
  readonly from?: readonly string[];
  /** Whether to write infrastructure.mts. */
  readonly infrastructure?: boolean;
  /** Whether to write the pipeline. */
  readonly pipeline?: boolean;
}

/** What `tozo init` would write and say: plain data. */
export interface InitPlan {
  readonly apps: readonly App[];
  readonly changes: readonly FileChange[];
  /** Files that exist, and stay as they are. */
  readonly kept: readonly string[];
  /** What became of each line that was taken over. */
  readonly lines: readonly TakenLine[];
  readonly proposals: readonly string[];
  readonly removable: readonly Removable[];
  readonly notes: readonly string[];
  /** Commands to run next. */
  readonly next: readonly string[];
  /** Whether the deploy jobs have to be written, from all apps. */
  readonly deployJobs: boolean;
}

/**
 * Concludes from a project's files what it needs to be deployed.
 * @throws InitError
 */
export function planInit(
  snapshot: Snapshot,
  { directory, version, from = [], infrastructure = false, pipeline = true }: InitOptions,
): InitPlan {
  const taken = from.length > 0 ? takeOver(snapshot, from) : undefined;
  const project = findProject(snapshot, directory, placesOf(snapshot, taken));
  assertPlugin(project);
  const factsOf = assignFacts(project.apps, taken);
  const planned = project.apps.map((app) => planApp(snapshot, app, project, factsOf(app)));
  const files = new Map(planned.flatMap(({ changes }) => changes.map((change) => [change.path, change] as const)));
  const add = (change: FileChange): void => void files.set(change.path, change);
  const wantsInfrastructure = infrastructure || taken?.infrastructure !== undefined;
  const install = installCommand(project, wantsInfrastructure, snapshot.needsTsx);
  const first = project.apps[0]!;
  const infrastructureFile = joinPath(first.directory, infrastructureFiles[0]);
  if (wantsInfrastructure && !infrastructureFiles.some((name) => snapshot.files.has(joinPath(first.directory, name))))
    add({ path: infrastructureFile, after: renderInfrastructure(first, factsOf(first)?.app, taken?.infrastructure) });
  const nxJson = snapshot.texts.get('nx.json');
  if (project.nx && nxJson !== undefined)
    add({ path: 'nx.json', before: nxJson, after: addPlugin(nxJson, '@tozo/nx/plugin') });
  const ignored = [
    'node_modules/',
    'out/',
    ...(project.apps.some(({ sources }) => sources.listener !== undefined) ? ['.env.sandbox'] : []),
  ];
  if (snapshot.isRepository) add(edit(snapshot, '.gitignore', (text) => addIgnored(text, ignored)));
  const jobs: PlannedPipeline = pipeline
    ? planPipeline(snapshot, project, version, taken)
    : { notes: [], deployJobs: false };
  if (jobs.change) add(jobs.change);
  const changes = [...files.values()].map(keepLineEnds).filter(({ before, after }) => before !== after);
  const kept = planned.flatMap((one) => one.kept);
  return {
    apps: project.apps,
    changes,
    kept,
    lines: [...(taken?.lines ?? []), ...(jobs.lines ?? [])],
    proposals: planned.flatMap(({ app, dockerfile }) => proposeVersionHeader(snapshot, app, dockerfile) ?? []),
    removable: listRemovable(snapshot, taken?.replaced ?? [], taken?.stays),
    notes: [
      ...project.unfit.map((one) => `${one.directory} isn't deployed: ${one.reason}`),
      ...planned.flatMap(({ app, dockerfile }) => appNotes(snapshot, app, dockerfile)),
      ...project.apps.flatMap((app) => (factsOf(app)?.processes['web']?.command ? [] : startNotes(app))),
      ...planned.flatMap((one) => one.notes),
      ...project.apps.flatMap((app) => takenNotes(app, factsOf(app))),
      ...infrastructureNotes(files.get(infrastructureFile)),
      ...(install === undefined ? [] : [`Install what it uses: ${install}`]),
      ...nameNotes(project, factsOf, snapshot, jobs.deployJobs),
      ...jobs.notes,
    ],
    next: nextCommands(project, planned, install, wantsInfrastructure),
    deployJobs: jobs.deployJobs,
  };
}

interface PlannedApp {
  readonly app: App;
  /** Its Dockerfile, relative to the root, whether it exists or not. */
  readonly dockerfile: string;
  readonly changes: readonly FileChange[];
  readonly kept: readonly string[];
  readonly notes: readonly string[];
  readonly script: string;
}

function planApp(snapshot: Snapshot, app: App, project: Project, facts: AppFacts | undefined): PlannedApp {
  const path = (name: string): string => joinPath(app.directory, name);
  const changes: FileChange[] = [];
  const kept: string[] = [];
  const create = (name: string, after: string): void => {
    if (snapshot.files.has(path(name))) kept.push(path(name));
    else changes.push({ path: path(name), after });
  };
  const dockerfile = path(facts?.dockerfile ?? declaredDockerfile(snapshot, app.directory));
  const existing = app.hasDockerfile ? (snapshot.texts.get(dockerfile) ?? '') : undefined;
  const hasConfig = snapshot.files.has(path('deploy.json'));
  create('deploy.json', renderDeployJson(app, facts));
  if (app.hasDockerfile) kept.push(dockerfile);
  else create('Dockerfile', renderDockerfile(app, facts?.processes['web']));
  create('.dockerignore', renderDockerignore(app.usesImageDeps ? undefined : existing));
  const { script, change } = planManifest(snapshot, app, project);
  if (change) changes.push(change);
  const notes =
    hasConfig && facts !== undefined
      ? [`${path('deploy.json')} exists and stays as it is: compare it with the lines above.`]
      : [];
  return { app, dockerfile, changes, kept, notes, script };
}

function edit({ texts }: Snapshot, path: string, change: (before: string | undefined) => string): FileChange {
  const before = texts.get(path);
  return { path, ...(before === undefined ? {} : { before }), after: change(before) };
}

/** Nx fails for every command if nx.json names a plugin that isn't installed. */
function assertPlugin({ nx, rootManifest, apps }: Project): void {
  if (!nx || '@tozo/nx' in { ...rootManifest?.dependencies, ...rootManifest?.devDependencies }) return;
  throw new InitError(
    'PEER_UNFIT',
    `This is an Nx workspace: run ${apps[0]!.manager.add} @tozo/nx @tozo/cli first, then run this again.`,
  );
}

/** What isn't about another app is about the only one, wherever that is. */
function assignFacts(apps: readonly App[], taken: TakeOver | undefined): (app: App) => AppFacts | undefined {
  return ({ directory }) => {
    const own = taken?.apps.filter((facts) => facts.directory === directory) ?? [];
    const all = apps.length === 1 ? new Set([...own, ...(taken?.apps ?? [])]) : own;
    return mergeFacts([...all].map((facts) => ({ ...facts, directory })))[0];
  };
}

/** The names that tozo infrastructure reads. The first is an ES module in every package, which the others may not be. */
const infrastructureFiles = [
  'infrastructure.mts',
  'infrastructure.ts',
  'infrastructure.mjs',
  'infrastructure.js',
] as const;

/** With versions, because cdktn accepts only some of constructs 10. */
const infrastructurePeers = 'constructs@10.7 cdktf@npm:cdktn@0.24';

/** Returns the command that installs what the files use. Undefined if it's declared already. */
function installCommand(
  { rootManifest, apps }: Project,
  infrastructure: boolean,
  needsTsx = false,
): string | undefined {
  const { manifest, manager } = apps[0]!;
  const declared = {
    ...rootManifest?.devDependencies,
    ...rootManifest?.dependencies,
    ...manifest?.devDependencies,
    ...manifest?.dependencies,
  };
  const isMissing = (name: string): boolean => !(name in declared);
  const peers = ['constructs', 'cdktf'].some(isMissing) ? [infrastructurePeers] : [];
  const missing = [
    ...['@tozo/cli', ...(infrastructure ? ['@tozo/infrastructure'] : [])].filter(isMissing),
    ...(infrastructure ? [...peers, ...(needsTsx ? ['tsx'] : []).filter(isMissing)] : []),
  ];
  return missing.length === 0 ? undefined : `${manager.add} ${missing.join(' ')}`;
}

/** @param deployJobs whether there are jobs, whose resource group is the app's name */
function nameNotes(
  { apps }: Project,
  factsOf: (app: App) => AppFacts | undefined,
  { files }: Snapshot,
  deployJobs: boolean,
): string[] {
  const unnamed = apps.filter((app) => {
    const facts = factsOf(app);
    return (
      facts?.app === undefined &&
      Object.keys(facts?.environments ?? {}).length === 0 &&
      !files.has(joinPath(app.directory, 'deploy.json'))
    );
  });
  if (unnamed.length === 0) return [];
  const then = deployJobs ? `, then run ${execByHand(apps[0]!.manager)} tozo ci pipeline` : '';
  if (apps.length === 1)
    return [`For Heroku, set "app" in deploy.json to the app's name${then}; or set the variable HEROKU_APP.`];
  return [
    `For Heroku, set "app" in ${unnamed.map(({ directory }) => joinPath(directory, 'deploy.json')).join(', ')} to each app's name${then}.`,
  ];
}

function nextCommands(
  project: Project,
  planned: readonly PlannedApp[],
  missing: string | undefined,
  infrastructure: boolean,
): string[] {
  const [first] = project.apps;
  const { manager, usesImageDeps } = first!;
  const lock = manager.lockFile === undefined && usesImageDeps ? `${manager.name} install` : undefined;
  // What has to be installed comes first. It writes the lock file, too.
  const install = missing ?? lock;
  return [
    ...(install === undefined ? [] : [install]),
    deployCommandOf(first!, project, planned[0]!.script),
    ...(infrastructure ? [infrastructureCommandOf(first!, project)] : []),
  ];
}
