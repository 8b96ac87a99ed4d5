# The script of the deploy job that people copy, as a shell runs it; only its Accept header is put right.
docker login registry.heroku.com \
  --username $HEROKU_USERNAME \
  --password $HEROKU_API_KEY

docker build --build-arg CI_COMMIT_SHA=$CI_COMMIT_SHA \
  -t registry.heroku.com/$HEROKU_APP/web .

docker push registry.heroku.com/$HEROKU_APP/web

curl --fail \
  -X PATCH "https://api.heroku.com/apps/$HEROKU_APP/formation" \
  -H 'Content-Type:application/json' \
  -H 'Accept:application/vnd.heroku+json; version=3.docker-releases' \
  -H "Authorization:Bearer $HEROKU_API_KEY" \
  -d '{"updates":[{"type":"web","docker_image":"'$(docker inspect registry.heroku.com/$HEROKU_APP/web --format={{.Id}})'"}]}'
