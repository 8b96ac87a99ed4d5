import { InfrastructureError } from '../errors.ts';
import { describeStored } from './own-state.ts';
import { type RawChange, rawChangesOf, type Values } from './read-plan.ts';
import type { TerraformFile } from './terraform-file.ts';

/** What contains users' data, or apps and repositories that do. It can't be created again as it was. */
const protectedTypes: ReadonlySet<string> = new Set([
  'heroku_addon',
  'heroku_app',
  'heroku_space',
  'gitlab_group',
  'gitlab_project',
]);

/** What people and APIs recognize a resource by. */
const names = [
  'name',
  'path',
  'key',
  'environment_scope',
  'branch',
  'environment',
  'hostname',
  'type',
  'plan',
  'url',
  'email',
];

interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Returns what to say about a plan that destroys an app, a project, or something else with data; undefined if it destroys none, or
 * only what was allowed: by its address, or by `prevent_destroy = false` in the file. `prevent_destroy` doesn't protect what is no
 * longer declared.
 * @param text the plan, as `terraform show -json` prints it
 */
export function describeDestruction(
  text: string,
  { resources }: TerraformFile,
  allowed: readonly string[] = [],
): string | undefined {
  const changes = rawChangesOf(text).filter(({ mode }) => mode === 'managed');
  const isAllowed = ({ address }: RawChange): boolean => {
    const { lifecycle } = resources.find((one) => one.address === address)?.attributes ?? {};
    return allowed.includes(address) || (lifecycle as Values | undefined)?.['prevent_destroy'] === false;
  };
  const destroyed = changes.filter(
    (one) => one.change.actions.includes('delete') && protectedTypes.has(one.type) && !isAllowed(one),
  );
  if (destroyed.length === 0) return undefined;
  const moves = findMoves(changes);
  const isMoved = destroyed.some(({ address }) => moves.some(({ from }) => from === address));
  const list = moves.map(({ from, to }) => `  { from: '${from}', to: '${to}' },`);
  const options = [...new Set(destroyed.map(({ address }) => `--allow-destroy ${quote(address)}`))];
  return [
    `The plan destroys what can't be created again as it is: ${destroyed.map(nameOf).join(', ')}.`,
    ...(isMoved
      ? [
          'The same names are declared at other addresses. To keep what they have, declare that it moved, at the end of infrastructure.mts, on the stack:',
          "stack.addOverride('moved', [",
          ...list,
          ']);',
        ]
      : []),
    `${isMoved ? 'Or to' : 'To'} destroy it all the same: tozo infrastructure apply ${options.join(' ')}`,
  ].join('\n');
}

/** @throws InfrastructureError DESTROY_REFUSED, as `describeDestruction` */
export function assertNothingIsLost(text: string, file: TerraformFile, allowed?: readonly string[]): void {
  const found = describeDestruction(text, file, allowed);
  if (found !== undefined) throw new InfrastructureError('DESTROY_REFUSED', `${found}\nNothing was changed.`);
}

/** Pairs what would be deleted with what would be created under the same name: its address changed. */
function findMoves(changes: readonly RawChange[]): Move[] {
  const isOnly = ({ change }: RawChange, action: string): boolean =>
    change.actions.length === 1 && change.actions[0] === action;
  const created = changes.filter((one) => isOnly(one, 'create'));
  return changes
    .filter((one) => isOnly(one, 'delete'))
    .flatMap((old) => {
      const same = created.filter((one) => one.type === old.type && hasSameNames(old.change.before, one.change.after));
      return same.length === 1 ? [{ from: old.address, to: same[0]!.address }] : [];
    });
}

function hasSameNames(before: Values | null, after: Values | null): boolean {
  const known = names.filter((name) => typeof after?.[name] === 'string');
  return known.length > 0 && known.every((name) => after?.[name] === before?.[name]);
}

function nameOf({ address, change: { actions, before } }: RawChange): string {
  const name = describeStored({ address, attributes: before ?? {}, id: undefined });
  return actions.length > 1 ? `${name}, which it replaces` : name;
}

const quote = (address: string): string => (/^[\w.-]+$/.test(address) ? address : `'${address}'`);
