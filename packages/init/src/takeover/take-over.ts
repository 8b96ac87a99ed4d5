import { InitError } from '../errors.ts';
import type { Places } from '../project/find-apps.ts';
import { hasProject, joinPath, type Snapshot } from '../project/snapshot.ts';
import { readAppJson } from './app-json.ts';
import type { ReadFile } from './ci-run.ts';
import { readGitlabCi } from './gitlab-ci.ts';
import { readHerokuYml } from './heroku-yml.ts';
import { placeApp } from './place-apps.ts';
import { readProcfile } from './procfile.ts';
import { mergeFacts, type Taken, type TakenLine } from './taken.ts';
import { readTerraform } from './terraform.ts';
import { dropInvalid } from './valid-facts.ts';

export interface TakeOver extends Omit<Taken, 'rest'> {
  /** By path: what remains of the files that were read. */
  readonly rests: Readonly<Record<string, string>>;
  /** The files that nothing reads any more. */
  readonly replaced: readonly string[];
  /** What has to stay in them, though. */
  readonly stays: readonly TakenLine[];
}

/**
 * Reads the files of another deploy.
 * @param files relative to the root
 * @throws InitError SOURCE_INVALID for a file that doesn't exist, isn't one of these, or isn't valid
 */
export function takeOver(snapshot: Snapshot, files: readonly string[]): TakeOver {
  const texts = Object.fromEntries(files.map((file) => [file, textOf(snapshot, file)]));
  const terraform = files.filter((file) => file.endsWith('.tf'));
  const taken = [
    ...files
      .filter((file) => !file.endsWith('.tf'))
      .map((file) => ({ file, ...read(file, texts[file]!, (path) => snapshot.texts.get(path)) })),
    ...(terraform.length > 0
      ? [
          {
            file: terraform[0]!,
            ...readTerraform(Object.fromEntries(terraform.map((file) => [file, texts[file]!])), snapshot.remote),
          },
        ]
      : []),
  ];
  const infrastructure = taken.find((one) => one.infrastructure)?.infrastructure;
  const placed = taken.flatMap(({ apps, file }) =>
    apps.map((facts) => {
      const valid = dropInvalid(facts, file);
      const { facts: own, lines } = placeApp(snapshot, valid.facts, file);
      return { facts: own, lines: [...valid.lines, ...lines] };
    }),
  );
  return {
    apps: mergeFacts(placed.map(({ facts }) => facts)),
    lines: [...taken, ...placed]
      .flatMap(({ lines }): readonly TakenLine[] => lines)
      .toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
    ...(infrastructure === undefined ? {} : { infrastructure }),
    pipeline: taken.some(({ pipeline }) => pipeline),
    rests: Object.fromEntries(taken.flatMap(({ file, rest }) => (rest === undefined ? [] : [[file, rest]]))),
    replaced: files.filter(
      (file) =>
        /(?:^|\/)(?:Procfile|heroku\.yml|app\.json)$/.test(file) ||
        (file.endsWith('.tf') && taken.some(({ infrastructure: found }) => found !== undefined)),
    ),
    stays: taken.flatMap(({ lines }) => lines.filter(({ stays }) => stays)),
  };
}

/** Where the apps are that are taken over. */
export function placesOf(snapshot: Snapshot, taken: TakeOver | undefined): Places {
  const apps = taken?.apps ?? [];
  const directories = apps.map(({ directory }) => directory);
  return {
    dockerfiles: new Set(apps.filter(({ dockerfile }) => dockerfile !== undefined).map(({ directory }) => directory)),
    only: new Set(
      directories.filter(
        (path) => path !== '' && (hasProject(snapshot, path) || snapshot.files.has(joinPath(path, 'Dockerfile'))),
      ),
    ),
  };
}

function textOf({ texts }: Snapshot, file: string): string {
  const text = texts.get(file);
  if (text !== undefined) return text;
  throw new InitError(
    'SOURCE_INVALID',
    `${file} doesn't exist or can't be read: name a file of this project after --from.`,
  );
}

function read(file: string, text: string, readFile: ReadFile): Taken {
  const name = file.split('/').at(-1)!;
  if (/\.gitlab-ci\.ya?ml$|gitlab-ci.*\.ya?ml$/.test(name)) return readGitlabCi(file, text, readFile);
  if (name === 'heroku.yml' || name === 'heroku.yaml') return readHerokuYml(file, text);
  if (name.startsWith('Procfile')) return readProcfile(file, text);
  if (name === 'app.json') return readAppJson(file, text);
  throw new InitError(
    'SOURCE_INVALID',
    `${file} isn't a .gitlab-ci.yml, heroku.yml, Procfile, app.json or Terraform file (.tf): those can be taken over.`,
  );
}
