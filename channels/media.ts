import type { Attachment } from '../models/delivery/event.ts';

/** What a file is, by its MIME type. */
export function mediaType(mimeType: string | undefined): Attachment['type'] {
  const [kind] = mimeType?.toLowerCase().split('/') ?? [];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}
