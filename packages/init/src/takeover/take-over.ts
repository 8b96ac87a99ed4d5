import { InitError } from '../errors.ts';
import type { Snapshot } from '../project/snapshot.ts';
import { readAppJson } from './app-json.ts';
import { readGitlabCi } from './gitlab-ci.ts';
import { readHerokuYml } from './heroku-yml.ts';
import { readProcfile } from './procfile.ts';
import { mergeFacts, type AppFacts, type Taken } from './taken.ts';
import { readTerraform } from './terraform.ts';

export interface TakeOver extends Omit<Taken, 'rest'> {
  /** By path: what remains of the files that were read. */
  readonly rests: Readonly<Record<string, string>>;
  /** The files that nothing reads any more. */
  readonly replaced: readonly string[];
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
    ...files.filter((file) => !file.endsWith('.tf')).map((file) => ({ file, ...read(file, texts[file]!) })),
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
  return {
    apps: mergeFacts(taken.flatMap(({ apps }): readonly AppFacts[] => apps)),
    lines: taken
      .flatMap(({ lines }) => lines)
      .toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
    ...(infrastructure === undefined ? {} : { infrastructure }),
    pipeline: taken.some(({ pipeline }) => pipeline),
    rests: Object.fromEntries(taken.flatMap(({ file, rest }) => (rest === undefined ? [] : [[file, rest]]))),
    replaced: files.filter((file) => /(?:^|\/)(?:Procfile|heroku\.yml|app\.json)$/.test(file) || file.endsWith('.tf')),
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

function read(file: string, text: string): Taken {
  const name = file.split('/').at(-1)!;
  if (/\.gitlab-ci\.ya?ml$|gitlab-ci.*\.ya?ml$/.test(name)) return readGitlabCi(file, text);
  if (name === 'heroku.yml' || name === 'heroku.yaml') return readHerokuYml(file, text);
  if (name.startsWith('Procfile')) return readProcfile(file, text);
  if (name === 'app.json') return readAppJson(file, text);
  throw new InitError(
    'SOURCE_INVALID',
    `${file} isn't a .gitlab-ci.yml, heroku.yml, Procfile, app.json or Terraform file (.tf): those can be taken over.`,
  );
}
