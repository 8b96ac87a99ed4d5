import type { TerraformFile } from '../command/terraform-file.ts';

/** A file with state in GitLab that declares nothing. */
export const emptyFile: TerraformFile = {
  path: 'cdk.tf.json',
  resources: [],
  requiredVariables: [],
  variableDefaults: {},
  usesHttpBackend: true,
  gitlabUrl: undefined,
  moved: {},
  imports: {},
  existingProject: undefined,
};
