import { readTextFile, RegistryPusherError } from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';
import { parsePlanFile, type SavedPlan } from './plan-file.ts';

/** @throws DeployError PLAN_INVALID for a file that can't be read, and for anything but an unchanged plan */
export async function readPlanFile(file: string): Promise<SavedPlan> {
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (cause) {
    const reason =
      cause instanceof RegistryPusherError ? cause.message : `${file} can't be read: ${(cause as Error).message}.`;
    throw new DeployError('PLAN_INVALID', `${reason} Make a plan: tozo plan --out FILE.`, { cause });
  }
  return parsePlanFile(text, file);
}
