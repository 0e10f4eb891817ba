import { Router } from 'express';
import type { Route } from '../shell/route.ts';
import { API_PATH, documentOf, type OpenApiDocument } from './document.ts';
import { createReferencePage } from './page.ts';

/** The API's description of itself, for everybody. It is there when no store is. */
export function createReference(routes: readonly Route[]): Router {
  const router = Router();
  let document: OpenApiDocument | undefined;
  router.get('/openapi.json', (_request, response) => {
    document ??= documentOf(routes);
    response.json(document);
  });
  router.use('/docs', createReferencePage(`${API_PATH}/docs`, `${API_PATH}/openapi.json`));
  return router;
}
