import { badParameterError, invalidError } from './errors.ts';
import type { Variable } from './model.ts';
import { choiceIn, flagIn, type Parameters, textIn } from './parameters.ts';

export const maxVariables = 8000;
const maxKeyLength = 255;
const maxValueLength = 10_000;
const maxDescriptionLength = 255;
const keyPattern = /^[a-zA-Z0-9_]+$/;
const maskable = /^[a-zA-Z0-9_+=/@:.~-]{8,}$/;
/** Ruby's `\S` excludes only ASCII blanks; `u` counts characters. */
const maskableRaw = /^[^ \t\r\n\f\v]{8,}$/u;
const scopePattern = /^[a-zA-Z0-9_\-/$*{}. ]+$/;

const variableTypes = ['env_var', 'file'] as const;

/** Returns the variable that a POST creates. Throws GitLab's 400. */
export function createdVariable(parameters: Parameters): Variable {
  for (const name of ['key', 'value']) {
    if (parameters[name] === undefined) throw badParameterError(`${name} is missing`);
  }
  const hidden = flagIn(parameters, 'masked_and_hidden') ?? false;
  return checked({
    key: textIn(parameters, 'key') ?? '',
    value: textIn(parameters, 'value') ?? '',
    variable_type: choiceIn(parameters, 'variable_type', variableTypes) ?? 'env_var',
    protected: flagIn(parameters, 'protected') ?? false,
    masked: hidden || (flagIn(parameters, 'masked') ?? false),
    hidden,
    raw: flagIn(parameters, 'raw') ?? false,
    environment_scope: textIn(parameters, 'environment_scope') ?? '*',
    description: textIn(parameters, 'description') ?? null,
  });
}

/** Returns a variable after a PUT. Omitted fields stay. A hidden variable can't become visible again. */
export function updatedVariable(before: Variable, parameters: Parameters): Variable {
  const masked = flagIn(parameters, 'masked') ?? before.masked;
  if (before.hidden && !masked) {
    throw invalidError({ base: ['Updating masked attribute is not allowed on updates for hidden variables.'] });
  }
  return checked({
    key: before.key,
    value: textIn(parameters, 'value') ?? before.value,
    variable_type: choiceIn(parameters, 'variable_type', variableTypes) ?? before.variable_type,
    protected: flagIn(parameters, 'protected') ?? before.protected,
    masked,
    hidden: before.hidden,
    raw: flagIn(parameters, 'raw') ?? before.raw,
    environment_scope: textIn(parameters, 'environment_scope') ?? before.environment_scope,
    description: parameters['description'] === null ? null : (textIn(parameters, 'description') ?? before.description),
  });
}

/** Returns whether a value can be masked in job logs. @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable */
export function isMaskable(value: string, raw: boolean): boolean {
  return (raw ? maskableRaw : maskable).test(value);
}

function checked(variable: Variable): Variable {
  const problems: Record<string, string[]> = {};
  const add = (field: string, problem: string) => (problems[field] ??= []).push(problem);
  if (variable.key === '') add('key', "can't be blank");
  else if (!keyPattern.test(variable.key)) {
    add('key', "can contain only letters, digits and '_'.");
  }
  if (variable.key.length > maxKeyLength) add('key', `is too long (maximum is ${maxKeyLength} characters)`);
  if (variable.masked && !isMaskable(variable.value, variable.raw)) add('value', 'is invalid');
  if (lengthOf(variable.value) > maxValueLength) {
    add('value', `The value of the provided variable exceeds the ${maxValueLength} character limit`);
  }
  if (!scopePattern.test(variable.environment_scope)) add('environment_scope', 'is invalid');
  if (lengthOf(variable.description ?? '') > maxDescriptionLength) {
    add('description', `is too long (maximum is ${maxDescriptionLength} characters)`);
  }
  if (Object.keys(problems).length > 0) throw invalidError(problems);
  return variable;
}

/** Counts characters, as Ruby does. */
function lengthOf(value: string): number {
  return [...value].length;
}
