/** What a command of a RUN is for, and how an image gets the same without RUN. */
export interface RunPurpose {
  /** Such as `installs npm packages`. */
  readonly purpose: string;
  /** What replaces it, as an imperative. */
  readonly replacement: string;
}

interface Rule extends RunPurpose {
  readonly pattern: RegExp;
}

/** The first rule that matches a command applies. */
const rules: readonly Rule[] = [
  {
    pattern:
      /^(?:npm|yarn|pnpm|bun)\s+(?:i|install|add|global\s+add)\b.*(?:\s-g\b|\s--global\b)|^yarn\s+global\b|^corepack\b/,
    purpose: 'installs a tool for all projects',
    replacement: "add it to package.json's dependencies and start it from node_modules/.bin",
  },
  {
    pattern: /^(?:npx\s+|pnpm\s+|yarn\s+)?prisma\s+generate\b/,
    purpose: 'generates the Prisma client',
    replacement: "run it before the deploy, with the image's system in binaryTargets, and COPY the client",
  },
  {
    pattern: /^(?:npm|pnpm|yarn)\s+(?:cache|config|set|store)\b/,
    purpose: 'configures a package manager',
    replacement: 'leave it out: the image only runs what was installed before',
  },
  {
    pattern:
      /^(?:npm|yarn|pnpm|bun)(?:\s+-\S+)*(?:\s+(?:ci|i|install|clean-install|prune|rebuild|fetch|deploy|add)\b.*|(?:\s+-\S+)*\s*)$/,
    purpose: 'installs npm packages',
    replacement:
      'run it before the deploy, on Linux for native modules, and COPY node_modules; tozo image-deps prepares them on any system',
  },
  {
    pattern:
      /^(?:npm|yarn|pnpm|bun|npx|nx|tsc|vite|webpack|rollup|esbuild|next|nuxt|ng|turbo|make|node|go\s+build|cargo\s+build|mvn|gradle|\.\/gradlew|\.\/mvnw)\b/,
    purpose: 'builds the app',
    replacement: 'run it before the deploy (tozo deploy depends on the target build) and COPY the result',
  },
  {
    pattern:
      /^(?:apt-get|apt)\s+(?:.*\s)?(?:clean|autoclean|autoremove|purge|remove)\b|^rm\s+.*(?:\/var\/lib\/apt|\/var\/cache|\/tmp|\.npm|\.cache)|^apk\s+del\b/,
    purpose: 'cleans up after an installation',
    replacement: 'leave it out: COPY adds nothing to clean up',
  },
  {
    pattern: /^(?:apt-get|apt|aptitude|dpkg|apk|yum|dnf|microdnf|zypper|add-apt-repository)\b/,
    purpose: 'installs system packages',
    replacement:
      'use a base image that contains them (node:20 has git, curl, Python and certificates, node:20-slim has not) or an npm package that includes the program',
  },
  {
    pattern:
      /^(?:pip3?|python3?\s+-m\s+pip|gem|bundle|composer|go\s+(?:get|mod|install)|cargo\s+(?:install|fetch)|poetry|uv)\b/,
    purpose: 'installs packages',
    replacement: 'run it before the deploy on Linux, and COPY the directory that it installs to',
  },
  {
    pattern: /^(?:useradd|adduser|groupadd|addgroup|usermod|groupmod|passwd)\b/,
    purpose: 'creates a user',
    replacement: 'leave it out: node images have the user node (USER node), and USER 1000 needs no entry',
  },
  { pattern: /^chown\b/, purpose: "changes files' owners", replacement: 'write COPY --chown=node:node' },
  {
    pattern: /^chmod\b/,
    purpose: "changes files' permissions",
    replacement: 'write COPY --chmod=755, or make the file executable in git (git update-index --chmod=+x)',
  },
  {
    pattern: /^(?:mkdir|install\s+-d)\b/,
    purpose: 'creates a directory',
    replacement:
      'leave it out: WORKDIR and COPY create directories. Heroku runs the app as another user: write to /tmp',
  },
  { pattern: /^rm\b/, purpose: 'deletes files', replacement: 'name them in .dockerignore' },
  { pattern: /^ln\b/, purpose: 'creates a link', replacement: 'commit the link: COPY keeps links' },
  { pattern: /^(?:cp|mv|rsync)\b/, purpose: 'copies files', replacement: 'COPY them to their place' },
  {
    pattern: /^(?:echo|printf|cat|tee|sed|touch|envsubst)\b/,
    purpose: 'writes a file',
    replacement: 'write it before the deploy and COPY it',
  },
  {
    pattern: /^(?:curl|wget|git)\b/,
    purpose: 'downloads files',
    replacement: 'download them before the deploy, check their digest and COPY them',
  },
  {
    pattern: /^(?:tar|unzip|gunzip|gzip|unxz|7z)\b/,
    purpose: 'unpacks an archive',
    replacement: 'unpack it before the deploy and COPY its files',
  },
  {
    pattern:
      /^(?:update-ca-certificates|locale-gen|ldconfig|setcap|sysctl|systemctl|service|update-alternatives|dpkg-reconfigure)\b/,
    purpose: 'configures the system',
    replacement: 'use a base image that is configured so',
  },
];

/** Commands without an effect on the image. */
const isWithoutEffect =
  /^(?:set|cd|export|pwd|ls|true|:|exit|env|which|command|test|\[|if|then|else|fi|for|do|done|\{|\}|[A-Za-z_]\w*=\S*)(?:\s.*)?$/;

const otherwise: RunPurpose = {
  purpose: 'runs a command',
  replacement: 'run it before the deploy and COPY what it creates',
};

/**
 * Returns what the commands of a RUN are for, each purpose once, in order. At least one.
 * @param rest the instruction without the word RUN
 */
export function purposesOfRun(rest: string): RunPurpose[] {
  const purposes = commandsOf(rest)
    .filter((command) => !isWithoutEffect.test(command))
    .map((command) => rules.find(({ pattern }) => pattern.test(command)) ?? otherwise)
    .map(({ purpose, replacement }) => ({ purpose, replacement }));
  const distinct = purposes.filter(({ purpose }, at, all) => all.findIndex((each) => each.purpose === purpose) === at);
  return distinct.length > 0 ? distinct : [otherwise];
}

/** Splits at the operators of the shell, roughly: an operator in quotes splits too, which gives a command that's unknown. */
function commandsOf(rest: string): string[] {
  const line = rest.replace(/^(?:--\S+\s+)+/, '').trim();
  const words = wordsOf(line);
  const text = words ? wordsAsShell(words) : line.replace(/^<<-?['"]?(\w+)['"]?\s*\n/, '');
  return text
    .split(/&&|\|\||[;|\n]/)
    .map((command) =>
      command
        .trim()
        .replace(/^(?:sudo|exec|env|time)\s+/, '')
        .replace(/^(?:[A-Za-z_]\w*=\S*\s+)+/, ''),
    )
    .filter((command) => command !== '' && !/^EO[FTL]$/.test(command));
}

/** `["sh", "-c", "npm ci"]` is `npm ci`. */
function wordsAsShell([program = '', option = '', ...rest]: readonly string[]): string {
  return /(?:^|\/)(?:ba|da|a)?sh$/.test(program) && option.startsWith('-')
    ? rest.join(' ')
    : [program, option, ...rest].join(' ');
}

function wordsOf(line: string): string[] | undefined {
  if (!line.startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(line);
    return Array.isArray(words) ? words.map(String) : undefined;
  } catch {
    return undefined;
  }
}
