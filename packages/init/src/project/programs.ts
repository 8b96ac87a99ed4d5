import type { Manifest } from './manifest.ts';

/** Commands whose package has another name. */
const packages: Readonly<Record<string, string>> = {
  ng: '@angular/cli',
  tsc: 'typescript',
  sequelize: 'sequelize-cli',
  'react-router': '@react-router/dev',
  'react-router-serve': '@react-router/serve',
  remix: '@remix-run/dev',
  'remix-serve': '@remix-run/serve',
  'typeorm-ts-node-commonjs': 'typeorm',
  'typeorm-ts-node-esm': 'typeorm',
  eleventy: '@11ty/eleventy',
  dotenv: 'dotenv-cli',
};

/** What Node and the system bring. */
const system = /^(?:node|npm|npx|yarn|pnpm|corepack|sh|bash|env|exec|echo|cd)$/;

type Declared = Pick<Manifest, 'dependencies' | 'devDependencies'>;

/** Returns the declared package that a command is of. Undefined if it's unknown, or not of a package. */
export function packageOf(program: string, { dependencies, devDependencies }: Declared): string | undefined {
  if (system.test(program)) return undefined;
  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const usual = [
    packages[program],
    program,
    `${program}-cli`,
    `@${program}/cli`,
    `@${program}/core`,
    `@${program}/${program}`,
  ];
  return usual.find((name) => name !== undefined && names.includes(name));
}

/** Returns the package that a command is of, if the image lacks it: a devDependency. */
export function missingPackage(program: string, declared: Declared): string | undefined {
  const name = packageOf(program, declared);
  return name === undefined || name in declared.dependencies ? undefined : name;
}

const developmentPrograms =
  /^(?:ts-node(?:-dev)?|nodemon|vite|vite-node|react-scripts|react-app-rewired|craco|ng|webpack(?:-dev-server)?|parcel|serve|http-server|live-server|nx|turbo|concurrently|pm2-dev|tsc-watch|vue-cli-service|gatsby|expo|wrangler|ionic|eleventy|rspack|storybook|start-storybook|snowpack|browser-sync)$/;
const developmentCommands = /^(?:\S+ (?:dev|develop|preview|watch)|docusaurus start)$/;

/** Returns whether a command is a tool for development, or a server for it. */
export function isDevelopment([program = '', ...args]: readonly string[]): boolean {
  if (args.some((arg) => /^--(?:watch|serve)\b/.test(arg))) return true;
  return (
    developmentPrograms.test(program) || (program !== 'node' && developmentCommands.test(`${program} ${args[0] ?? ''}`))
  );
}
