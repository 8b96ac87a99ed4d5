export { checkVariables, type Finding, type RequiredVariable } from './sync/check.ts';
export type { Clock } from './transport/clock.ts';
export type { ConnectionOptions } from './project/connection.ts';
export { type DiffOptions, diffVariables, type VariableChange } from './sync/diff.ts';
export type { ChangedField } from './variable/changed-fields.ts';
export {
  GitlabVariablesError,
  type GitlabVariablesErrorCode,
  type GitlabVariablesErrorDetails,
} from './variable/errors.ts';
export type { ProjectVariables, RequestOptions, WriteOptions } from './project/project.ts';
export { createProjectVariables, type ProjectVariablesOptions } from './project/project-variables.ts';
export { validateVariable, type VariableProblem } from './variable/rules.ts';
export { SecretValue } from './variable/secret-value.ts';
export { type SyncOptions, type SyncReport, type SyncStep, syncVariables } from './sync/sync.ts';
export {
  type StoredVariable,
  type Variable,
  variable,
  type VariableIdentity,
  type VariableSettings,
  type VariableType,
} from './variable/variable.ts';
export { type DeclaredVariable, parseVariablesFile, resolveValues } from './declaration/variables-file.ts';
