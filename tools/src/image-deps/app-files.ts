export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
export const dockerfile = (command: string): string => `FROM node:24-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY out/image/packages ./
COPY out/image/libraries ./
COPY out/image/app ./
USER node
CMD ["node", "${command}"]
`;
export const deploy = (versionHeader?: string): string =>
  json({
    processes: { web: { health: { path: '/', ...(versionHeader ? { versionHeader } : {}), holdSeconds: 0.2 } } },
  });
export const tsconfig = (options: object = {}): string =>
  json({
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      skipLibCheck: true,
      outDir: 'dist',
      rootDir: 'src',
      ...options,
    },
    include: ['src'],
  });
