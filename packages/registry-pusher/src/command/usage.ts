export const usage = `registry-pusher push REFERENCE | push --output DIR | build --destination REFERENCE | inspect IMAGE | diff A B

  push     builds a Dockerfile and pushes the image; skips what the registry already has
  build    the same with the options of kaniko's executor
  inspect  lists an image's layers with their size and Dockerfile line
  diff     lists the files added, changed and removed from image A to image B

IMAGE, A and B are references, or oci:DIR for the image in an OCI layout.

push:
  --output DIR          write an OCI layout to DIR instead of pushing to REFERENCE; --oci is its default
  --from DIR            push the image in the OCI layout DIR instead of building
  --context DIR         the build context (default .)
  --build-context NAME=DIR    replace the stage or image NAME of COPY --from by DIR; direct builder only; repeatable
  --dockerfile FILE     the Dockerfile (default DIR/Dockerfile)
  --build-arg K=V       a value for ARG; without =V from the environment; repeatable
  --target STAGE        the stage to build (default the last one)
  --tag TAG             an additional tag for the image; repeatable
  --builder NAME        direct: without Docker, RUN executed here; docker: with a Docker Engine; auto (default): direct if possible
  --network MODE        the network mode of RUN; docker builder only
  --reuse-from REF      the image to reuse layers from (default REFERENCE, or its repository's latest)
  --revision COMMIT     the value of the label org.opencontainers.image.revision (default $CI_COMMIT_SHA)
  --pin                 pin the base images' digests in DOCKERFILE.lock, which later builds use
  --verify-reuse        verify every reused layer; takes as long as a build without reuse
  --cache-dir DIR       keep file digests in DIR between runs
  --secret id=NAME,src=FILE   a secret for RUN --mount=type=secret, or env=VARIABLE; repeatable
  --run-timeout SECONDS end a RUN that takes longer (default 3600); direct builder only
  --cache-to REPO       keep the results of RUN, also of stages that the image doesn't contain, in a repository
  --cache-from REPO     where to read them (default that of --cache-to; in GitLab jobs $CI_REGISTRY_IMAGE/cache); repeatable
  --run-max-age AGE     run a RUN again after 14d (default), 12h or 30m, for security fixes
  --no-cache            run every RUN
  --docker, --oci       the manifest format (default docker, the only one that registry.heroku.com accepts)

build:
  --destination REF     where to push the image; repeatable
  --context DIR, --dockerfile FILE, --build-arg K=V, --target STAGE   as above
  --cache, --cache-repo REPO   keep the results of RUN in REPO (default the destination's repository with /cache)
  --no-push             only build
  --tar-path FILE       write the image for docker load
  --digest-file FILE    write the manifest's digest

diff:
  --exit-code           exit with 1 if the images differ

all:
  --platform PLATFORM   the platform to select from an image index (default linux/amd64)
  --username NAME       the username for REFERENCE's registry; requires --password-stdin
  --password-stdin      read the password from stdin
  --json                print one JSON object instead of text

Credentials come from --username, from HEROKU_API_KEY for registry.heroku.com, or from docker login.
Registries on this machine are reached over plain HTTP, all others over HTTPS.

Exit codes: 0 success, 1 failure, 2 invalid usage, 129, 130 and 143 canceled by SIGHUP, SIGINT and SIGTERM.
`;
