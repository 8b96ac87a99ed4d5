/** Takes each measure once a round, in turns, and returns their values. The first round isn't counted. */
export async function measureInTurns<Name extends string>(
  rounds: number,
  measures: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, number[]>>> {
  const names = Object.keys(measures) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round++)
    for (const name of names) {
      const value = await measures[name]();
      if (round >= 0) values[name].push(value);
    }
  return values;
}
