import { readImage, withoutTag } from './ci-apps.ts';
import type { DeployJob } from './ci-lines.ts';
import type { ReadCommand } from './ci-run.ts';

/** The image of one process type, and the command that builds it. */
interface TypeImage {
  readonly app: string;
  readonly type: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly build: ReadCommand;
}

/** Leaves the images that an app has besides that of web, with their process types: all types run one image. */
export function leaveOtherImages(deploys: readonly DeployJob[]): DeployJob[] {
  const commands = deploys.flatMap((deploy) => deploy.commands);
  const images = commands.flatMap((command) => imageOf(command, commands) ?? []);
  const mainOf = (app: string): TypeImage => {
    const own = images.filter((image) => image.app === app);
    return own.find(({ type }) => type === 'web') ?? own[0]!;
  };
  const others = images.filter((image) => {
    const main = mainOf(image.app);
    return image.type !== main.type && (image.dockerfile !== main.dockerfile || image.context !== main.context);
  });
  return deploys.map((deploy) => ({ ...deploy, commands: deploy.commands.map(leave) }));

  function leave(command: ReadCommand): ReadCommand {
    const built = others.find(({ build }) => build === command);
    const { app, types, build, became, ...facts } = command.facts ?? {};
    if (built !== undefined) {
      const main = mainOf(built.app);
      const left = `all process types run one image. Add what ${built.dockerfile} adds to ${main.dockerfile}, and processes.${built.type} with its command to deploy.json`;
      return { ...command, facts: { ...facts, ...(app === undefined ? {} : { app }), left } };
    }
    const rest = types?.filter((type) => !others.some((other) => other.app === app && other.type === type));
    if (rest?.length === types?.length) return command;
    const isGone = rest!.length === 0;
    return {
      ...command,
      facts: {
        ...facts,
        ...(app === undefined ? {} : { app }),
        ...(build === undefined ? {} : { build }),
        ...(isGone ? { left: `${types!.join(', ')} has an image of its own: see its build` } : { types: rest! }),
        ...(isGone || became === undefined ? {} : { became }),
      },
    };
  }
}

function imageOf({ facts, ...command }: ReadCommand, all: readonly ReadCommand[]): TypeImage | undefined {
  const [type, second] = facts?.types ?? [];
  if (facts?.app === undefined || type === undefined || second !== undefined) return undefined;
  const { app, source } = facts;
  const build = all.find((other) =>
    facts.build === undefined
      ? source !== undefined && other.facts?.build?.tags.some((tag) => withoutTag(tag) === withoutTag(source))
      : other.facts === facts && other.line === command.line,
  );
  if (build?.facts?.build === undefined) return undefined;
  const { dockerfile, context } = readImage(build.facts.build, build.directory, []);
  return { app, type, dockerfile, context, build };
}
