import { importedFile, type Import } from './imports.ts';

/** Returns one shortest circle for each group of files that import each other, as `a.ts → b.ts → a.ts`. */
export function importCircles(imports: readonly Import[]): string[] {
  const files = new Set(imports.map(({ file }) => file));
  const graph = new Map<string, string[]>([...files].map((file) => [file, []]));
  for (const { file, specifier } of imports) {
    const target = importedFile(file, specifier);
    if (target !== undefined && files.has(target)) graph.get(file)!.push(target);
  }
  return circularGroups(graph).map((group) => shortestCircle(graph, group).join(' → '));
}

type Graph = ReadonlyMap<string, readonly string[]>;

/** Returns the strongly connected components that contain a circle (Tarjan's algorithm). */
function circularGroups(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    lowest.set(file, index.get(file)!);
    stack.push(file);
    for (const next of graph.get(file)!) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) === index.get(file)) groups.push(stack.splice(stack.indexOf(file)));
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return groups.filter(([file, other]) => other !== undefined || graph.get(file!)!.includes(file!));
}

function shortestCircle(graph: Graph, group: readonly string[]): string[] {
  const circles = group.map((file) => shortestWayBack(graph, group, file));
  return circles.reduce((shortest, circle) => (circle.length < shortest.length ? circle : shortest));
}

/** Returns the files on the shortest way from a file back to itself, breadth first. */
function shortestWayBack(graph: Graph, group: readonly string[], start: string): string[] {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1)!)!) {
      if (next === start) return [...way, start];
      if (!group.includes(next) || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return [start];
}
