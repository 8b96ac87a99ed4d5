export { type CheckReport, checkVariables, type Finding } from './sync/check.ts';
export type { Clock } from './transport/clock.ts';
export type { ConnectionOptions } from './project/connection.ts';
export { type DiffOptions, diffVariables, type Refusal, type VariableChange } from './sync/diff.ts';
export type { ChangedField } from './variable/changed-fields.ts';
export {
  GitlabVariablesError,
  type GitlabVariablesErrorCode,
  type GitlabVariablesErrorDetails,
} from './variable/errors.ts';
export type { CreateOptions, ProjectVariables, RequestOptions, WriteOptions } from './project/project.ts';
export { createProjectVariables, type ProjectVariablesOptions } from './project/project-variables.ts';
export { type RuleContext, validateVariable, type VariableProblem } from './variable/rules.ts';
export { scopeCovers } from './variable/scope.ts';
export { SecretValue } from './variable/secret-value.ts';
export { type SyncOptions, type SyncReport, type SyncStep, syncVariables } from './sync/sync.ts';
export {
  type DesiredVariable,
  type ExpectedVariable,
  type StoredVariable,
  variable,
  type VariableIdentity,
  type VariableSettings,
  type VariableType,
} from './variable/variable.ts';
export { checkLines, reportSummary, stepLine } from './command/render.ts';
export { formatDeclaration } from './declaration/pull.ts';
export { knownValues, readValues } from './declaration/read-values.ts';
export type { ValueContext, ValueSource } from './declaration/sources.ts';
export { type Declaration, type DeclaredVariable, parseVariablesFile } from './declaration/variables-file.ts';
