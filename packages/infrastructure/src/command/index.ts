export { InfrastructureError, type InfrastructureErrorCode } from '../errors.ts';
export type { DeployDeclaration, Disagreement, Side } from './compare.ts';
export type { Existing, ExistingResource } from './find-existing.ts';
export {
  apply,
  findDrift,
  plan,
  type ProjectContext,
  synthesizeFile,
  validate,
  writeImports,
} from './infrastructure.ts';
export { type Inspection, inspectInfrastructure, type InspectionOptions, type Unknown } from './inspect.ts';
export { type AttributeChange, describeDrift, type PlannedChange } from './read-plan.ts';
export type { Allowed } from './own-state.ts';
export { readTerraformFile, type DeclaredResource, type TerraformFile } from './terraform-file.ts';
export { synthesizedFile } from './run-program.ts';
