import { splitSteps } from './command-words.ts';

type Scripts = Readonly<Record<string, string>>;

/** A command of a script, or of one that it runs. */
export interface Step {
  readonly text: string;
  /** Whether it only makes files, which belong in the image. */
  readonly isBuild: boolean;
  /** Whether it changes a database for the new version. */
  readonly isMigration: boolean;
}

const run =
  /^(?:(?:npm|yarn|pnpm)(?: run(?:-script)?)?|run-s|npm-run-all2?)((?: (?:--silent|-s|--sequential))*(?: [\w.:*-]+)+)$/;
const buildScript = /^(?:pre|post)?(?:build|compile|bundle|scss|sass|css|styles?)\b/;
const buildTools =
  /^(?:tsc|tsup|esbuild|swc|rollup|webpack|sass|node-sass|lessc|postcss|tailwind(?:css)?|babel|gulp|grunt|copyfiles|cpx)$/;
const deepest = 5;

/** Returns the commands that a script runs one after the other, those before and in the scripts that it runs included. */
export function stepsOf(name: string, scripts: Scripts, depth = 0): Step[] {
  return [`pre${name}`, name]
    .filter((one) => one in scripts)
    .flatMap((one) => splitSteps(scripts[one]!))
    .flatMap((text): Step[] => {
      const called = depth < deepest ? calledScripts(text, scripts) : [];
      const isBuild = called.length > 0 ? called.every((one) => buildScript.test(one)) : builds(text);
      if (called.length > 0 && !isBuild) return called.flatMap((one) => stepsOf(one, scripts, depth + 1));
      return [{ text, isBuild, isMigration: !isBuild && /migrat|\bprisma db push\b|\bdrizzle-kit push\b/i.test(text) }];
    });
}

/** Returns the commands of a script that builds, those of the scripts that it runs instead of the calls. */
export function buildStepsOf(name: string, scripts: Scripts, depth = 0): string[] {
  return splitSteps(scripts[name] ?? '').flatMap((text) => {
    const called = depth < deepest ? calledScripts(text, scripts) : [];
    return called.length === 0 ? [text] : called.flatMap((one) => buildStepsOf(one, scripts, depth + 1));
  });
}

/** Returns the names of the scripts of package.json that a command runs. */
function calledScripts(text: string, scripts: Scripts): string[] {
  const names =
    run
      .exec(text)?.[1]
      ?.split(' ')
      .filter((word) => word !== '' && !word.startsWith('-')) ?? [];
  const found = names.map((name) =>
    name.includes('*')
      ? Object.keys(scripts).filter((one) => new RegExp(`^${name.replaceAll('*', '[^:]*')}$`).test(one))
      : [name].filter((one) => one in scripts),
  );
  return found.some((one) => one.length === 0) ? [] : found.flat();
}

function builds(text: string): boolean {
  const [program = '', argument = ''] = text.replace(/^(?:[A-Z_]\w*=\S* |(?:npx|cross-env) )+/, '').split(/\s+/);
  return buildTools.test(program) || (!['node', 'docker'].includes(program) && /^(?:build|generate)$/.test(argument));
}
