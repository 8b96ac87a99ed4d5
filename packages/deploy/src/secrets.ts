export { createRedactor, type Redactor, Secret } from '@tozo/heroku-client/secrets';
