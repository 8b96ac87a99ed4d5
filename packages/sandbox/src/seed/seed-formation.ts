import { readSizeName } from '../heroku/routes/formation-update.ts';
import { defaultSizeIn } from '../heroku/state/dyno-limits.ts';
import { createProcessType, type ProcessType, releasePhaseType } from '../heroku/state/model.ts';

/** What a seed says about an app's dynos. */
interface SeededDynos {
  readonly releases?: readonly { readonly images?: Readonly<Record<string, unknown>> }[];
  readonly formation?: Readonly<Record<string, { readonly quantity?: number; readonly size?: string }>>;
}

/** Returns the formation that a seed's app gets: its process types with an image, in the given quantities and sizes. */
export function formationOf({
  releases = [],
  formation = {},
}: SeededDynos): Pick<ProcessType, 'type' | 'quantity' | 'size'>[] {
  const types = new Set(releases.flatMap(({ images = {} }) => Object.keys(images)));
  const sized = Object.values(formation).flatMap(({ size, quantity = 1 }) => {
    const name = readSizeName(size);
    return name === undefined ? [] : [{ type: '', size: name, quantity }];
  });
  return [...types].map((type) => {
    const { quantity } = createProcessType(type, '');
    const given = Object.hasOwn(formation, type) ? formation[type] : undefined;
    return {
      type,
      quantity: type === releasePhaseType ? 0 : (given?.quantity ?? quantity),
      size: readSizeName(given?.size) ?? defaultSizeIn(sized),
    };
  });
}
