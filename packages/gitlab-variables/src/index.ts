export { checkVariables, type Finding, type RequiredVariable } from './check.ts';
export type { Clock } from './clock.ts';
export type { ConnectionOptions } from './connection.ts';
export { type ChangedField, type DiffOptions, diffVariables, type VariableChange } from './diff.ts';
export { GitlabVariablesError, type GitlabVariablesErrorCode, type GitlabVariablesErrorDetails } from './errors.ts';
export type { ProjectVariables, RequestOptions, WriteOptions } from './project.ts';
export { createProjectVariables, type ProjectVariablesOptions } from './project-variables.ts';
export { validateVariable, type VariableProblem } from './rules.ts';
export { SecretValue } from './secret-value.ts';
export { type SyncOptions, type SyncReport, type SyncStep, syncVariables } from './sync.ts';
export {
  type StoredVariable,
  type Variable,
  variable,
  type VariableIdentity,
  type VariableSettings,
  type VariableType,
} from './variable.ts';
export { type DeclaredVariable, parseVariablesFile, withValues } from './variables-file.ts';
