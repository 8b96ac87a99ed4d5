import { type Command, Option } from 'commander';
import type { CommandContext } from './command-context.ts';

export function addImageDeps(program: Command, context: CommandContext, setExitCode: (exitCode: number) => void): void {
  program
    .command('image-deps')
    .description(
      "Write an app's production dependencies for its image: packages, libraries and own files, one layer each.",
    )
    .argument('[directory]', "the directory with the app's package.json", '.')
    .option('--files <pattern...>', 'the app\'s own files; default: "files" in package.json, or dist')
    .option('--out <directory>', 'where to write; an earlier output is replaced', 'out/image')
    .addOption(
      new Option('--cpu <name>', "the image's processor; default: x64, or the Dockerfile's").choices(['x64', 'arm64']),
    )
    .addOption(
      new Option('--libc <name>', "the image's C library; default: musl if the Dockerfile's base is Alpine").choices([
        'glibc',
        'musl',
      ]),
    )
    .option('--json', 'print the result as one JSON document')
    .addHelpText(
      'after',
      `
The Dockerfile copies each of the three directories, so they are three layers:

  COPY out/image/packages ./
  COPY out/image/libraries ./
  COPY out/image/app ./

npm, pnpm or Yarn installs in a temporary directory, from the lock file, without running install scripts.`,
    )
    .action(async (directory: string, options: Record<string, unknown>) => {
      const { imageDepsCommand } = await import('./commands/image-deps.ts');
      setExitCode(await imageDepsCommand(directory, options, context));
    });
}
