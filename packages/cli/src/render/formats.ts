/** How a deploy prints what happens. */
export const formats = ['auto', 'terminal', 'plain', 'gitlab', 'ndjson'] as const;

export type Format = (typeof formats)[number];
