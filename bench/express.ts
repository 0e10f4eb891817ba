import { createHmac, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { APP_SECRET } from './requests.ts';

/** The yardstick's work in the usual way: an Express route with `express.raw`. */
const app = express();
app.post(
  '/webhooks/:type/:channelId',
  express.raw({ type: () => true, limit: '4mb' }),
  (request, response) => {
    const body: Buffer = request.body;
    const given = Buffer.from(String(request.headers['x-hub-signature-256']));
    const wanted = Buffer.from(
      `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`,
    );
    const valid = given.length === wanted.length && timingSafeEqual(given, wanted);
    const parsed = valid && JSON.parse(body.toString('utf8'));
    response.status(parsed ? 200 : 401).end();
  },
);
app.listen(Number(process.env.PORT), '127.0.0.1');
