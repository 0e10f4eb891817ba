import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Router } from 'express';
import helmet from 'helmet';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Nothing from elsewhere, and no script but the files that are named in the page. */
const pagePolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** Swagger UI on a page of ours, which shows the document at `documentPath`. */
export function createReferencePage(path: string, documentPath: string): Router {
  const router = Router();
  router.get('/', pagePolicy, (_request, response) => {
    response.type('html').send(html(path));
  });
  router.get('/start.js', (_request, response) => {
    response.type('js').send(start(documentPath));
  });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js'])
    router.get(`/${file}`, (_request, response) => {
      response.sendFile(file, { root: SWAGGER_UI, headers: { 'Cache-Control': 'max-age=3600' } });
    });
  return router;
}

function html(path: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Videur: the API</title>
<link rel="stylesheet" href="${path}/swagger-ui.css">
<script defer src="${path}/swagger-ui-bundle.js"></script>
<script defer src="${path}/start.js"></script>
</head>
<body>
<div id="reference"></div>
</body>
</html>
`;
}

/** What is called with a session is called from here, so a change made by trying it out is a real one. */
function start(documentPath: string): string {
  return `SwaggerUIBundle(${JSON.stringify({
    url: documentPath,
    dom_id: '#reference',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    tagsSorter: 'alpha',
    validatorUrl: null,
  })});
`;
}
