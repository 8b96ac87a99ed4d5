import { readSizeName } from '../heroku/routes/formation-update.ts';
import { defaultSizeIn } from '../heroku/state/dyno-limits.ts';
import { createProcessType, type ProcessType, releasePhaseType } from '../heroku/state/model.ts';
import type { SeedApp } from './seed.ts';

/** Returns the formation that a seed's app gets: its process types with an image, in the given quantities and sizes. */
export function formationOf({
  releases = [],
  formation = {},
}: SeedApp): Pick<ProcessType, 'type' | 'quantity' | 'size'>[] {
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
