import type { StoredVariable } from './variable.ts';

export type ChangedField = 'value' | 'type' | 'protected' | 'masked' | 'raw' | 'hidden' | 'description';

const settings = ['type', 'protected', 'masked', 'raw', 'hidden', 'description'] as const;

/** Returns the fields in which two versions of a variable differ. A hidden value counts as equal. */
export function changedFields(desired: StoredVariable, current: StoredVariable): ChangedField[] {
  const valueDiffers = desired.value !== null && current.value !== null && !desired.value.equals(current.value);
  return [...(valueDiffers ? ['value' as const] : []), ...settings.filter((name) => desired[name] !== current[name])];
}
