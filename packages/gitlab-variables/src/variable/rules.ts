import { GitlabVariablesError } from './errors.ts';
import { nameOf, type Variable, type VariableIdentity } from './variable.ts';

/** A GitLab rule that a variable breaks. The message contains the variable and the rule, never the value. */
export interface VariableProblem extends VariableIdentity {
  readonly rule: 'key' | 'scope' | 'masking' | 'length' | 'description';
  readonly message: string;
}

const maxKeyLength = 255;
const maxScopeLength = 255;
const maxDescriptionLength = 255;
const maxValueLength = 10_000;
const minMaskedLength = 8;

/**
 * Checks a variable against GitLab's rules before it's sent. A value that GitLab can't mask is rejected here instead of being
 * stored unmasked.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
export function validateVariable(variable: Variable): VariableProblem[] {
  const { key, environmentScope } = variable;
  const problems: (readonly [VariableProblem['rule'], string | undefined])[] = [
    ['key', keyProblem(key)],
    ['scope', scopeProblem(environmentScope)],
    ['masking', maskingProblem(variable)],
    ['length', lengthProblem(variable)],
    ['description', descriptionProblem(variable)],
  ];
  return problems.flatMap(([rule, text]) =>
    text === undefined ? [] : [{ key, environmentScope, rule, message: `${nameOf(variable)}: ${text}` }],
  );
}

/** @throws GitlabVariablesError VARIABLE_INVALID, with all problems of all variables */
export function assertValid(variables: readonly Variable[]): void {
  const problems = variables.flatMap(validateVariable);
  if (problems.length === 0) return;
  const lines = problems.map(({ message }) => message);
  throw new GitlabVariablesError('VARIABLE_INVALID', lines.join('\n'));
}

function keyProblem(key: string): string | undefined {
  if (key.length > maxKeyLength) return `the key has ${key.length} characters: use at most ${maxKeyLength}.`;
  return /^[a-zA-Z0-9_]+$/.test(key) ? undefined : 'a key can contain only letters, digits and "_": rename it.';
}

function scopeProblem(scope: string): string | undefined {
  if (scope.length > maxScopeLength)
    return `the environment scope has ${scope.length} characters: use at most ${maxScopeLength}.`;
  if (/^[a-zA-Z0-9_\-/${}. *]+$/.test(scope)) return undefined;
  return 'the environment scope is invalid: use letters, digits, spaces and -_/${}.*, or "*" for all environments.';
}

function maskingProblem({ value, masked, hidden, raw }: Variable): string | undefined {
  if (hidden && !masked) return 'a hidden variable must be masked: set "masked" or leave it out.';
  if (!masked) return undefined;
  const text = value.reveal();
  if (/[\r\n]/.test(text)) return "a value of several lines can't be masked: encode it in base64.";
  if (/[ \t\f\v]/.test(text)) return "a value with spaces can't be masked: remove them, or don't mask it.";
  const { length } = [...text];
  if (length < minMaskedLength) {
    return `a value of ${length} characters can't be masked: GitLab requires ${minMaskedLength}. Use a longer value, or don't mask it.`;
  }
  if (raw || /^[a-zA-Z0-9_+=/@:.~-]+$/.test(text)) return undefined;
  return text.includes('$')
    ? 'a value with "$" can only be masked if it isn\'t expanded: set "raw".'
    : 'a value with characters other than letters, digits and _+=/@:.~- can only be masked if it isn\'t expanded: set "raw".';
}

function lengthProblem({ value }: Variable): string | undefined {
  const { length } = value.reveal();
  return length > maxValueLength ? `the value has ${length} characters: use at most ${maxValueLength}.` : undefined;
}

function descriptionProblem({ description }: Variable): string | undefined {
  return (description?.length ?? 0) > maxDescriptionLength
    ? `the description has ${description?.length} characters: use at most ${maxDescriptionLength}.`
    : undefined;
}
