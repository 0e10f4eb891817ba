import { Router } from 'express';
import type { Route } from '../shell/route.ts';
import { documentOf, type OpenApiDocument } from './document.ts';

/** The API's description of itself: for everybody, and there when no store is. */
export function createReference(routes: readonly Route[]): Router {
  const router = Router();
  let document: OpenApiDocument | undefined;
  router.get('/openapi.json', (_request, response) => {
    document ??= documentOf(routes);
    response.json(document);
  });
  return router;
}
