import type { App } from '../project/app.ts';
import type { InfrastructureFacts } from '../takeover/taken.ts';

/** Returns the text of infrastructure.mts. @param facts what Terraform manages already */
export function renderInfrastructure(
  { name, framework: _ }: App,
  herokuApp: string | undefined,
  facts: InfrastructureFacts | undefined,
): string {
  const short = name.replace(/^@[^/]+\//, '').replaceAll(/[^\w-]+/g, '-');
  const options: readonly (readonly [string, unknown])[] = [
    ['appName', facts?.appName ?? herokuApp ?? short],
    ['region', facts?.region ?? (facts ? undefined : 'eu')],
    ['team', facts?.team],
    ['environmentScope', 'production/*'],
  ];
  const gitlab: readonly (readonly [string, unknown])[] = [
    ['name', facts?.project ?? short],
    ['namespaceId', facts?.namespaceId],
    ['description', facts?.description],
    ['visibility', facts?.visibility],
    ['baseUrl', facts?.baseUrl],
  ];
  const existing: readonly (readonly [string, unknown])[] = facts
    ? [
        ['herokuApp', true],
        ['gitlabProject', facts.projectPath ?? (facts.project === undefined ? undefined : `GROUP/${facts.project}`)],
        ['variablesScope', facts.variablesScope],
      ]
    : [];
  const imports =
    existing.length === 0
      ? ''
      : `  // Imports what exists, instead of creating it. Remove this after the first terraform apply.\n  existing: ${renderObject(existing)},\n`;
  const protections = (facts?.branchProtections ?? []).map(
    ({ branch, ...levels }) =>
      `new GitlabBranchProtection(infrastructure, ${quote(`branch_${branch.replaceAll(/\W+/g, '_')}`)}, {\n  project: infrastructure.project.projectId,\n${[['branch', branch] as const, ...Object.entries(levels)].map(([key, value]) => `  ${key}: ${quote(value)},\n`).join('')}});\n`,
  );
  const constructs = ['App', 'DeployInfrastructure', ...(protections.length > 0 ? ['GitlabBranchProtection'] : [])];
  return `import { ${constructs.join(', ')}, synthesize } from '@tozo/infrastructure';

/** App names are unique on Heroku. Only jobs of the environments production/* get the API key. */
const infrastructure = new DeployInfrastructure(new App(), ${quote(short)}, {
${options.flatMap(([key, value]) => (value === undefined ? [] : [`  ${key}: ${quote(value)},\n`])).join('')}  gitlab: ${renderObject(gitlab)},
${imports}});
${protections.join('')}
await synthesize(infrastructure, new URL('out/infrastructure/cdk.tf.json', import.meta.url));
`;
}

function renderObject(members: readonly (readonly [string, unknown])[]): string {
  return `{ ${members.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${quote(value)}`])).join(', ')} }`;
}

/** TypeScript with single quotes. */
function quote(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
    : String(value);
}
