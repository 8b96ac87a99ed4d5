export const usage = `registry-pusher push REFERENCE | push --output DIR | inspect IMAGE | diff A B

  push     builds a Dockerfile and pushes the image; skips what the registry already has
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
  --builder NAME        direct: without Docker; docker: with a Docker Engine; auto (default): direct if possible
  --network MODE        the network mode of RUN; docker builder only
  --reuse-from REF      the image to reuse layers from (default REFERENCE, or its repository's latest)
  --revision COMMIT     the value of the label org.opencontainers.image.revision (default $CI_COMMIT_SHA)
  --pin                 pin the base images' digests in DOCKERFILE.lock, which later builds use
  --verify-reuse        verify every reused layer; takes as long as a build without reuse
  --cache-dir DIR       keep file digests in DIR between runs
  --secret id=NAME,src=FILE   a secret for RUN --mount=type=secret, or env=VARIABLE; docker builder only; repeatable
  --docker, --oci       the manifest format (default docker, the only one that registry.heroku.com accepts)

diff:
  --exit-code           exit with 1 if the images differ

all:
  --platform PLATFORM   the platform to select from an image index (default linux/amd64)
  --username NAME       the username for REFERENCE's registry; requires --password-stdin
  --password-stdin      read the password from stdin
  --json                print one JSON object instead of text

Credentials come from --username, from HEROKU_API_KEY for registry.heroku.com, or from docker login.
Registries on this machine are reached over plain HTTP, all others over HTTPS.

Exit codes: 0 success, 1 failure, 2 invalid usage, 130 and 143 canceled by SIGINT and SIGTERM.
`;
