import type { Mistake } from './mistake.ts';

const introduction = `# The first hour

What tozo says about the mistakes that people make at first. \`e2e/deploys/first-hour.test.ts\` makes each of them, and writes this page from what was printed.
`;

/** Returns the page in Markdown. @param said what was printed about each mistake */
export function renderPage(
  mistakes: Readonly<Record<string, readonly Mistake[]>>,
  said: ReadonlyMap<Mistake, string>,
): string {
  const sections = Object.entries(mistakes).map(
    ([place, list]) => `## ${place}\n\n${list.map((one) => renderMistake(one, said.get(one) ?? '')).join('\n')}`,
  );
  return `${introduction}\n${sections.join('\n')}`;
}

function renderMistake({ title, command, code }: Mistake, text: string): string {
  return `### ${title}\n\n\`\`\`\n$ tozo ${command}\n${text}\n\`\`\`\n\nExit code ${code}.\n`;
}
