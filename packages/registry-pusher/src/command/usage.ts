export const usage = `registry-pusher push REFERENCE | inspect REFERENCE | diff A B

  push     builds a Dockerfile and puts the image into a registry; what did not change since the last push is not sent
  inspect  tells an image's layers by size and by the line that made them
  diff     tells the files that were added, changed and removed from image A to image B

push:
  --context DIR         the folder that COPY reads from (default .)
  --dockerfile FILE     default DIR/Dockerfile
  --build-arg K=V       for ARG; K alone takes its value from the environment; may be repeated
  --target STAGE        the stage to build (default the last one)
  --tag TAG             another tag for the same image; may be repeated
  --builder NAME        direct: without Docker; docker: with a Docker Engine; auto (default): direct where it can
  --network MODE        the network of RUN, with the docker builder
  --reuse-from REF      the image whose layers are used again (default REFERENCE, or its repository's latest)
  --revision COMMIT     for the label org.opencontainers.image.revision (default $CI_COMMIT_SHA)
  --pin                 writes the bases' digests into DOCKERFILE.lock; from then on they are what is built on
  --verify-reuse        proves every layer that is used again, at the cost of what reuse saves
  --cache-dir DIR       keeps the digests of files there from run to run; never needed
  --secret id=NAME,src=FILE   for RUN --mount=type=secret, with the docker builder; or env=VARIABLE; may be repeated
  --docker, --oci       the manifest's media types (default docker, the only ones that registry.heroku.com takes)

diff:
  --exit-code           end with 1 when the images differ

all:
  --platform PLATFORM   which image of an index is read (default linux/amd64)
  --username NAME       for REFERENCE's registry, with --password-stdin
  --password-stdin      reads the password from stdin
  --json                one JSON object instead of text

Credentials come from --username, from HEROKU_API_KEY for registry.heroku.com, or from where docker login put them.
A registry on this machine is spoken to in plain http, any other in https.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 and 143 cancelled by SIGINT and SIGTERM.
`;
