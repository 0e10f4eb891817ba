import { z } from 'zod';
import type { Attachment, Content } from '../models/delivery/event.ts';
import { hint, type Json, lines, size, take } from './read.ts';

/** What a message of Telegram says. https://core.telegram.org/bots/api#message */

const fileSchema = z.object({
  file_id: z.string().min(1),
  mime_type: hint,
  file_name: hint,
  file_size: size,
});
const photoSchema = z
  .array(fileSchema.extend({ width: z.number(), height: z.number() }))
  .nonempty();
const locationSchema = z.object({ latitude: z.number(), longitude: z.number() });
const venueSchema = z.object({ location: locationSchema, title: hint, address: hint });
const contactSchema = z.object({ phone_number: hint, first_name: hint, last_name: hint });

type FileOf = (part: unknown) => z.infer<typeof fileSchema> | undefined;

const oneFile: FileOf = (part) => take(fileSchema, part);

/** A photo comes in several sizes. */
const largest: FileOf = (part) =>
  take(photoSchema, part)?.reduce((best, photo) =>
    photo.width * photo.height > best.width * best.height ? photo : best,
  );

const media =
  (type: Attachment['type'], fileOf: FileOf = oneFile) =>
  (part: unknown, message: Json): Content | undefined => {
    const file = fileOf(part);
    if (!file) return undefined;
    const attachment: Attachment = { type, id: file.file_id };
    if (file.mime_type) attachment.mimeType = file.mime_type;
    if (file.file_name) attachment.name = file.file_name;
    if (file.file_size !== undefined) attachment.size = file.file_size;
    const caption = take(hint, message.caption);
    return { type: 'attachment', attachments: [attachment], ...(caption ? { text: caption } : {}) };
  };

const position = (place: z.infer<typeof locationSchema>) => `${place.latitude},${place.longitude}`;

/**
 * In this order: an animation also comes as a `document` and a venue as a `location`, for older bots.
 * https://core.telegram.org/bots/api#message
 */
const READERS: [key: string, read: (part: unknown, message: Json) => Content | undefined][] = [
  ['text', (text) => (typeof text === 'string' ? { type: 'text', text } : undefined)],
  ['photo', media('image', largest)],
  ['animation', media('video')],
  ['video', media('video')],
  ['video_note', media('video')],
  ['voice', media('audio')],
  ['audio', media('audio')],
  ['sticker', media('sticker')],
  ['document', media('file')],
  [
    'venue',
    (part) => {
      const venue = take(venueSchema, part);
      if (!venue) return undefined;
      return {
        type: 'location',
        text: lines(venue.title, venue.address, position(venue.location)),
      };
    },
  ],
  [
    'location',
    (part) => {
      const place = take(locationSchema, part);
      return place && { type: 'location', text: position(place) };
    },
  ],
  [
    'contact',
    (part) => {
      const card = take(contactSchema, part);
      if (!card) return undefined;
      const name = [card.first_name, card.last_name].filter(Boolean).join(' ');
      return { type: 'contacts', text: lines(name, card.phone_number) };
    },
  ],
];

/** `unsupported` for polls, dice and what is not known; `undefined`: broken. */
export function contentOf(message: Json): Content | undefined {
  for (const [key, read] of READERS) {
    if (Object.hasOwn(message, key)) return read(message[key], message);
  }
  return { type: 'unsupported' };
}

/** Messages of Telegram's own that tell what became of a chat: nobody has said anything. */
const SERVICE = new Set([
  'boost_added',
  'channel_chat_created',
  'chat_background_set',
  'connected_website',
  'delete_chat_photo',
  'forum_topic_closed',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'group_chat_created',
  'left_chat_member',
  'message_auto_delete_timer_changed',
  'migrate_from_chat_id',
  'migrate_to_chat_id',
  'new_chat_members',
  'new_chat_photo',
  'new_chat_title',
  'pinned_message',
  'proximity_alert_triggered',
  'supergroup_chat_created',
  'video_chat_ended',
  'video_chat_participants_invited',
  'video_chat_scheduled',
  'video_chat_started',
  'write_access_allowed',
]);

export const isService = (message: Json): boolean =>
  Object.keys(message).some((key) => SERVICE.has(key));
