import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { APP_SECRET } from './requests.ts';

/** The least that any receiver of signed webhooks does: read, verify, parse, answer; keeps nothing. */
createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const given = Buffer.from(String(request.headers['x-hub-signature-256']));
    const wanted = Buffer.from(
      `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`,
    );
    const valid = given.length === wanted.length && timingSafeEqual(given, wanted);
    const parsed = valid && JSON.parse(body.toString('utf8'));
    response.writeHead(parsed ? 200 : 401, { 'content-length': 0 }).end();
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
