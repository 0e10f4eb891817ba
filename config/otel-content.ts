import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-node';

/** Ids, fixed words and numbers. */
const SAID =
  /^(videur\.\w+|http\.(request\.method|response\.status_code|route)|bullmq\.(queue\.(name|operation)|job\.(id|name|attempts\.made|bulk\.count)))$/;

/**
 * Sends spans on with what may be said of them. An error's text quotes what it is about, and BullMQ
 * tells the results and the options of jobs: of errors only the kind leaves, of the rest what is listed.
 */
export class WithoutContent extends BatchSpanProcessor {
  override onEnd(span: ReadableSpan): void {
    keepOnly(span.attributes, SAID);
    for (const { attributes } of span.events)
      if (attributes) keepOnly(attributes, /^exception\.type$/);
    super.onEnd(span);
  }
}

function keepOnly(attributes: Record<string, unknown>, kept: RegExp): void {
  for (const key of Object.keys(attributes)) if (!kept.test(key)) delete attributes[key];
}
