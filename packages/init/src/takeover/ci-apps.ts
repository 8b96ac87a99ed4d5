import { directoryOf, joinPath, relativePath } from '../project/snapshot.ts';
import { environmentOf, isByHand } from './ci-settings.ts';
import type { DeployJob } from './ci-lines.ts';
import type { ReadCommand } from './ci-run.ts';
import type { BuildFacts } from './docker-build.ts';
import { type AppFacts, noFacts, type Process, type TakenLine, type Value } from './taken.ts';

/** What jobs say about one Heroku app. */
interface Target {
  /** A name, or a variable. Undefined: no command names it. */
  readonly app: string | undefined;
  readonly jobs: readonly DeployJob[];
  readonly types: readonly string[];
  readonly image: Image | undefined;
}

export interface Image {
  /** Relative to the root. */
  readonly dockerfile: string;
  readonly context: string;
  readonly buildArgs: Readonly<Record<string, Value>>;
}

/**
 * Returns the apps that jobs deploy. Heroku apps with the same image are environments of one app.
 * @param global commands that run before those of each job
 */
export function appsOf(
  deploys: readonly DeployJob[],
  global: readonly ReadCommand[],
  file: string,
): { readonly apps: readonly AppFacts[]; readonly lines: readonly TakenLine[] } {
  // A template says nothing on its own if jobs extend it.
  const jobs = deploys.filter(({ job }) => !job.name.startsWith('.'));
  const targets = targetsOf(jobs.length > 0 ? jobs : deploys, global);
  const images = [...new Set(targets.map(imageKey))];
  const groups = images.map((key) => targets.filter((target) => imageKey(target) === key));
  const directories = new Set<string>();
  const apps: AppFacts[] = [];
  const lines: TakenLine[] = [];
  for (const group of groups) {
    const facts = factsOf(group);
    if (directories.has(facts.directory)) {
      const { app, jobs: own, image } = group[0]!;
      lines.push({
        file,
        line: own[0]!.job.line,
        text: app ?? own[0]!.job.name,
        left: `a second image of the same directory${image === undefined ? '' : ` (${image.dockerfile})`}: give it a directory with a deploy.json of its own, in which "dockerfile" and "context" name what it's built from`,
      });
    } else apps.push(facts);
    directories.add(facts.directory);
  }
  return { apps, lines };
}

function targetsOf(deploys: readonly DeployJob[], global: readonly ReadCommand[]): Target[] {
  const all = deploys.flatMap(({ commands }) => [...global, ...commands]);
  const names = [...new Set(all.flatMap(({ facts }) => facts?.app ?? []))];
  const named = names.map((app): Target => {
    const jobs = deploys.filter((deploy) => [...global, ...deploy.commands].some(({ facts }) => facts?.app === app));
    const commands = jobs.flatMap((deploy) => [...global, ...deploy.commands]);
    const own = commands.filter(({ facts }) => facts?.app === app);
    return { app, jobs, types: typesOf(own), image: imageOf(own, commands) };
  });
  const images = new Set(named.flatMap((target) => (target.image === undefined ? [] : [imageKey(target)])));
  const [only] = images.size === 1 ? named.flatMap(({ image }) => image ?? []) : [];
  // A job that only releases an app says nothing about the image.
  if (named.length > 0) return named.map((target) => ({ ...target, image: target.image ?? only }));
  return [{ app: undefined, jobs: deploys, types: typesOf(all), image: imageOf(all, all) }];
}

/** The process types that are released; if nothing says which, those whose images are pushed. */
function typesOf(commands: readonly ReadCommand[]): string[] {
  const all = commands.flatMap(({ facts }) => (facts?.types === undefined ? [] : [facts]));
  const releases = all.filter((facts) => facts.releases && facts.types!.length > 0);
  const types = (releases.length > 0 ? releases : all).flatMap((facts) => facts.types ?? []);
  return [...new Set(types)].filter((type) => !type.includes('$'));
}

/** The image that is pushed for an app: the one that gets its name, or whose name it's a tag of, or else the first. */
function imageOf(own: readonly ReadCommand[], all: readonly ReadCommand[]): Image | undefined {
  const builds = all.flatMap(({ facts, directory }) => (facts?.build ? [{ ...facts.build, directory }] : []));
  const sources = own.flatMap(({ facts }) => (facts?.source ? [withoutTag(facts.source)] : []));
  const build =
    own.flatMap(({ facts, directory }) => (facts?.build ? [{ ...facts.build, directory }] : []))[0] ??
    builds.find(({ tags }) => tags.some((tag) => sources.includes(withoutTag(tag)))) ??
    builds[0];
  if (build !== undefined) return readImage(build, build.directory, builds);
  const directory = own.map((command) => command.directory).find((path) => path !== '');
  return directory === undefined ? undefined : readImage({ tags: [], buildArgs: {} }, directory, []);
}

/** Returns what an image is built from. @param directory in which the command runs */
export function readImage(build: BuildFacts, directory: string, builds: readonly BuildFacts[]): Image {
  const context = joinPath(directory, build.context ?? '.');
  return {
    dockerfile:
      build.dockerfile === undefined ? joinPath(context, 'Dockerfile') : joinPath(directory, build.dockerfile),
    context,
    buildArgs: builds.length > 1 ? build.buildArgs : (builds[0]?.buildArgs ?? build.buildArgs),
  };
}

export const withoutTag = (image: string): string => image.replace(/:[\w.${}-]+$/, '');

const imageKey = ({ image }: Target): string => (image === undefined ? '' : `${image.dockerfile} ${image.context}`);

function factsOf(targets: readonly Target[]): AppFacts {
  const { image } = targets[0]!;
  const known = targets.filter(({ app }) => app !== undefined && !app.includes('$'));
  const environments = environmentsOf(known);
  const dockerfile = image?.dockerfile ?? 'Dockerfile';
  const directory = directoryOf(dockerfile);
  const context = image?.context ?? '';
  const fileName = dockerfile.slice(directory === '' ? 0 : directory.length + 1);
  const types = [...new Set(targets.flatMap((target) => target.types))];
  return {
    ...noFacts(directory),
    ...(known.length === 1 ? { app: known[0]!.app! } : {}),
    environments:
      known.length > 1
        ? Object.fromEntries(
            environments.map(({ name, app, after }) => [name, { app, ...(after === undefined ? {} : { after }) }]),
          )
        : {},
    jobs: targets.flatMap((target) => {
      const environment = known.length > 1 ? environments.find(({ app }) => app === target.app)?.name : undefined;
      return target.jobs.map(({ job }) => ({ name: job.name, ...(environment === undefined ? {} : { environment }) }));
    }),
    processes: Object.fromEntries(types.map((type): [string, Process] => [type, {}])),
    buildArgs: image?.buildArgs ?? {},
    ...(context === directory ? {} : { context: relativePath(directory, context) }),
    ...(fileName === 'Dockerfile' ? {} : { dockerfile: fileName }),
  };
}

/** An environment that jobs deploy by hand, or for tags, gets the images of the one before by promotion. */
function environmentsOf(targets: readonly Target[]): { name: string; app: string; after?: string }[] {
  const found: { name: string; app: string; after?: string }[] = [];
  for (const target of targets) {
    const wanted = nameOf(target);
    const name = found.some((other) => other.name === wanted) ? `${wanted}-${found.length + 1}` : wanted;
    const before = found.at(-1)?.name;
    const isPromoted = before !== undefined && target.jobs.some(({ job }) => isByHand(job));
    found.push({ name, app: target.app!, ...(isPromoted ? { after: before } : {}) });
  }
  return found;
}

/** Names of jobs that tell what they do, and not where. */
const steps =
  /^(?:build|push|publish|package|docker|image|container|heroku|deploy|deployment|deploying|release|test|ci|cd|job)$/;

function nameOf({ app, jobs }: Target): string {
  const declared = jobs.flatMap(({ job }) => environmentOf(job) ?? []);
  const fromJobs = jobs.flatMap(({ job }) => {
    const parts = job.name
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((part) => part !== '' && part !== 'to');
    const rest = parts.filter((part) => !steps.test(part));
    return rest.length === 0 || !/^[a-z]/.test(rest.join('-')) ? [] : [rest.join('-')];
  });
  return declared[0] ?? fromJobs[0] ?? app!.toLowerCase();
}
