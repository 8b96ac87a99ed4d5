/** A Dockerfile with RUN, and how it should be built. */
export interface RunCase {
  /** Follows `FROM base` unless it has its own FROM. */
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Docker builds it, but the direct builder refuses it, with this in its message: everywhere, or without namespaces. */
  readonly refused?: string;
  readonly refusedByChroot?: string;
  /** A user namespace has no devices. */
  readonly failsInUserNamespace?: boolean;
  /** Docker's image differs on purpose. */
  readonly differs?: 'Docker separates the names of a file that changes' | 'Docker drops attributes of users';
}

const files = [
  'RUN echo hi > /hi',
  'RUN mkdir -p /a/b/c && echo 1 > /a/b/c/d && chmod 700 /a/b && chmod 4755 /a/b/c/d',
  'RUN touch /tmp/x && chmod 1777 /srv',
  'RUN rm /opt/old/file',
  'RUN rm -r /opt/old',
  'RUN rm -r /opt/old && mkdir /opt/old && echo new > /opt/old/new',
  'RUN rm -r /opt/old && echo file > /opt/old',
  'RUN rm -r /opt/old && ln -s /srv /opt/old',
  'RUN rm /opt/old/link && mkdir /opt/old/link',
  'RUN mv /opt/old /opt/moved',
  'RUN mv /opt/old/file /opt/file',
  'RUN ln /opt/old/file /opt/again',
  'RUN rm /opt/old/one',
  'RUN rm /opt/old/one && cp /opt/old/two /opt/old/one',
  'RUN echo a > /n1 && ln /n1 /n2\nRUN rm /n1',
  'RUN ln -s nowhere /dangling && ln -s /opt/old /l && echo via > /l/via',
  'RUN chown 7:8 /opt/old/link && chown -h 9:9 /opt/old/link',
  'RUN chmod 600 /opt/old/file',
  'RUN chmod 0 /opt/old/file && chmod 0 /opt/old',
  'RUN mkfifo /pipe && chmod 622 /pipe',
  'RUN cat /dev/null > /opt/old/file && echo ok > /dev/null',
  'RUN true',
  'RUN mkdir /d && rmdir /d',
  'RUN echo x > "/sp ace" && echo y > /ümläut && mkdir /long && cd /long && touch $(printf "%0200d" 1)',
  "RUN printf 'x' > \"$(printf '/b\\377d')\"",
  'RUN echo x > /x\nRUN rm /x\nRUN echo y > /x',
  'RUN echo 127.0.0.9 me >> /etc/hosts; echo x > /etc/resolv.conf; true',
  'RUN mkdir -p /proc/x 2>/dev/null; ls /proc/version && ls /dev/null /dev/urandom > /devices',
  'RUN head -c 100000 /dev/zero > /zeros && truncate -s 1M /sparse',
  'RUN echo x > /opt/old/file && echo file of base > /opt/old/file',
  'COPY a /opt/old/file\nRUN cat /opt/old/file >> /opt/sum\nCOPY d /opt/old\nRUN ls /opt/old > /ls',
];

const users = [
  'RUN id > /id; umask > /umask; pwd > /pwd; echo $HOME > /home-of',
  'USER node\nRUN id > /tmp/id; echo $HOME > /tmp/home; touch /tmp/mine',
  'USER node:staff\nRUN id > /tmp/id',
  'USER 1000\nRUN id > /tmp/id',
  'USER 4242\nRUN id > /tmp/id; echo $HOME > /tmp/home',
  'USER 4242:7\nRUN id > /tmp/id',
  'USER nobody\nRUN true',
  'USER node\nRUN touch /opt/x',
  'RUN echo app:x:500:501::/srv/app:/bin/sh >> /etc/passwd && echo app:x:501: >> /etc/group\nUSER app\nWORKDIR /srv/app\nRUN id > id; echo $HOME > home\nCOPY --chown=app a .',
  'RUN echo one:x:600:600::/:/bin/sh >> /etc/passwd\nCOPY --chown=one:0 a /x\nRUN sed -i s/600:600/700:700/ /etc/passwd\nCOPY --chown=one:0 b /y',
  'WORKDIR /w/x\nRUN pwd > p && echo $PWD > q',
  'WORKDIR /opt/old/link\nRUN pwd > /p',
  'USER node\nWORKDIR /home/node/app\nRUN mkdir m && touch m/f && ls -ld . | cut -c1-10 > m/ls',
];

const variables = [
  'ENV A=1 B="two words"\nARG C=3\nARG D\nRUN env | grep -E "^[A-D]=" | sort > /env',
  'ARG X=1\nENV X=2\nRUN echo $X > /x\nARG X=3\nRUN echo $X > /y',
  'ARG V=base\nFROM $V\nARG V\nRUN echo "v=$V" > /v',
  'RUN echo \'single $HOME\' "double $PATH" back\\\\slash \\\n  continued > /e',
  'SHELL ["/bin/sh", "-e", "-c"]\nRUN false; echo never > /never || true\nRUN echo ok > /ok',
  'SHELL ["/bin/sh", "-x", "-c"]\nRUN echo x > /x\nCMD echo hi',
  'RUN ["/bin/sh", "-c", "echo exec $0 > /x", "arg"]',
  'RUN ["touch", "/with PATH"]',
  'RUN ["nowhere"]',
  'RUN exit 3',
  'ENV PATH=/nowhere\nRUN echo x > /x',
  'ARG TARGETARCH\nRUN echo $TARGETARCH > /arch',
];

const heredocs = [
  'RUN <<EOF\necho one > /one\necho $HOME > /home-of\nEOF',
  "RUN <<-'EOF'\n\techo tabs > /tabs\n\tEOF",
  'RUN cat <<A > /a && cat <<B > /b\nfirst\nA\nsecond\nB',
  'RUN <<EOF\n#!/bin/cat\nhello\nEOF',
  'RUN <<EOF sh -e\nfalse\ntrue\nEOF',
  'RUN --mount=type=tmpfs,target=/t <<EOF\necho x > /t/x\ncp /t/x /x\nEOF',
];

const mounts = [
  'RUN --mount=type=bind,target=/ctx ls /ctx/d > /ls && cat /ctx/a > /a',
  'RUN --mount=target=/ctx,rw echo x > /ctx/a && cat /ctx/a > /x',
  'RUN --mount=type=bind,source=a,target=/opt/file-of-context cat /opt/file-of-context > /copy',
  'WORKDIR /w\nRUN --mount=type=bind,source=d,target=d ls d > ls',
  'RUN --mount=type=cache,target=/c echo 1 > /c/f && cat /c/f > /f',
  'RUN --mount=type=cache,id=k,target=/c touch /c/f\nRUN --mount=type=cache,id=k,target=/e/f/g ls /e/f/g > /ls',
  'RUN --mount=type=cache,target=/opt/old ls /opt/old > /ls; echo x > /opt/old/y',
  'RUN --mount=type=cache,target=/c,uid=1000,gid=7,mode=0750 ls -ldn /c | cut -c1-14 > /ls',
  'RUN --mount=type=tmpfs,target=/opt/old echo x > /opt/old/x && ls /opt/old > /ls',
  'RUN --mount=type=secret,id=token cat /run/secrets/token | wc -c > /n',
  'RUN --mount=type=secret,id=token,target=/etc/token,mode=0440,uid=1000 ls -ln /etc/token | cut -c1-16 > /n',
  'RUN --mount=type=secret,id=none ls /run/secrets > /ls 2>&1; true',
  'FROM base AS b\nRUN mkdir /out && echo x > /out/x\nFROM base\nRUN --mount=type=bind,from=b,source=/out,target=/in cat /in/x > /y',
  'RUN --mount=type=bind,from=base,source=/opt/old,target=/in ls /in > /y',
].map((dockerfile) => ({ dockerfile }));

const stages = [
  'FROM base AS b\nWORKDIR /app\nCOPY a .\nRUN cat a a > aa && ln aa bb && chmod 711 aa\nFROM base\nCOPY --from=b /app /srv/app\nRUN ls /srv/app > /ls',
  'FROM base AS b\nRUN echo 1 > /1\nFROM b AS c\nRUN echo 2 > /2\nFROM c\nRUN echo 3 > /3',
  'FROM base AS b\nRUN mkdir -p /d/e && echo 1 > /d/e/f\nFROM scratch\nCOPY --from=b /d /d',
  'FROM base AS b\nRUN mkdir /d && echo 1 > /d/1 && echo 2 > /d/2 && chown 5:6 /d/1\nFROM base\nCOPY --from=b --chown=node /d/* /x/',
  'FROM base AS b\nARG N=1\nENV M=2\nRUN echo $N$M > /nm\nFROM b\nRUN echo "$N$M" > /mn',
  'FROM base AS unused\nRUN exit 1\nFROM base\nRUN echo x > /x',
  'FROM base AS b\nWORKDIR /w\nUSER node\nFROM b\nRUN id > /tmp/id',
  'FROM base AS b\nRUN rm -r /opt/old\nFROM b\nCOPY a /opt/old/a\nRUN ls /opt/old > /ls',
];

const triggers = [
  'FROM base AS b\nONBUILD RUN echo on > /on\nONBUILD COPY a /x\nRUN echo b > /b\nFROM b\nRUN echo c > /c',
  'ONBUILD RUN echo later > /later\nRUN echo now > /now',
];

/** On overlayfs, a changed file loses its other names. Here they stay names of one file. */
const linked = [
  'RUN ln /opt/old/one /opt/three',
  'RUN echo more >> /opt/old/one',
  'RUN echo a > /n1 && ln /n1 /n2 && ln /n1 /n3\nRUN echo b >> /n2',
  'RUN chown -R 1000:1000 /opt/old',
];

const attributes = [
  'RUN cp /bin/true /tool && setcap cap_net_bind_service=+ep /tool',
  'RUN setcap cap_net_bind_service=+ep /bin/cat',
  'RUN cp /bin/true /tool && setcap cap_net_raw=ep /tool\nRUN chmod 700 /tool\nRUN setcap -r /tool',
  'FROM base AS b\nRUN cp /bin/true /tool && setcap cap_net_raw=ep /tool\nFROM b\nRUN cat /tool > /copy && touch /tool',
];

const refusals: readonly RunCase[] = [
  { dockerfile: 'RUN --network=none echo x > /x', refusedByChroot: '--network=none needs a network namespace' },
  { dockerfile: 'RUN echo x > /.wh.x', refused: 'names that start with .wh.' },
  { dockerfile: 'RUN --mount=type=ssh true', refused: 'no SSH agent' },
];

export const runCases: readonly RunCase[] = [
  ...[...files, ...users, ...variables, ...heredocs, ...stages, ...triggers, ...attributes].map((dockerfile) => ({
    dockerfile,
  })),
  ...mounts,
  ...linked.map((dockerfile): RunCase => ({
    dockerfile,
    differs: 'Docker separates the names of a file that changes',
  })),
  { dockerfile: 'RUN mknod /null c 1 3 && chmod 666 /null', failsInUserNamespace: true },
  {
    dockerfile:
      'COPY attributes.tar /\nRUN tar --xattrs --xattrs-include=user.origin -xf /attributes.tar && rm /attributes.tar',
    differs: 'Docker drops attributes of users',
  },
  ...refusals,
];
