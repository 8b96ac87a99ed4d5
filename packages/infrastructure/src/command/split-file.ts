import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

/** The resources that others belong to, and the argument that says to which one. */
const owners = {
  heroku_app: { prefix: 'heroku_', reference: 'app_id' },
  gitlab_project: { prefix: 'gitlab_', reference: 'project' },
} as const;

/**
 * Splits a file into one for each app or each project, with only what belongs to it. Everything belongs to an only one. Next to
 * several, what refers to none of them is left out: its app or project isn't declared here.
 */
export function splitFile(file: TerraformFile, type: keyof typeof owners): TerraformFile[] {
  const { prefix, reference } = owners[type];
  const resources = file.resources.filter((one) => one.type.startsWith(prefix));
  const found = resources.filter((one) => one.type === type);
  if (resources.length === 0) return [];
  if (found.length < 2) return [{ ...file, resources }];
  const belongsTo = ({ attributes }: DeclaredResource, address: string): boolean =>
    String(attributes[reference]).startsWith(`\${${address}.`);
  const imported = Object.keys(file.imports).find((address) => address.startsWith('gitlab_project.'));
  return found.map((owner) => ({
    ...file,
    resources: [owner, ...resources.filter((one) => belongsTo(one, owner.address))],
    existingProject: owner.address === imported ? file.existingProject : undefined,
  }));
}
