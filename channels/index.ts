import type { ChannelType } from '../models/channel/channel.ts';
import type { ChannelAdapter } from './adapter.ts';
import { bird } from './bird.ts';
import { custom } from './custom.ts';
import { infobip } from './infobip.ts';
import { instagram } from './instagram.ts';
import { line } from './line.ts';
import { mailgun } from './mailgun.ts';
import { messenger } from './messenger.ts';
import { postmark } from './postmark.ts';
import { rbm } from './rbm.ts';
import { sendgrid } from './sendgrid.ts';
import { slack } from './slack.ts';
import { telegram } from './telegram.ts';
import { tiktok } from './tiktok.ts';
import { twilio } from './twilio.ts';
import { viber } from './viber.ts';
import { vonage } from './vonage.ts';
import { wechat } from './wechat.ts';
import { whatsapp } from './whatsapp.ts';

/** Every channel type and its adapter. A type without one does not compile. */
export const adapters: Record<ChannelType, ChannelAdapter> = {
  bird,
  custom,
  infobip,
  instagram,
  line,
  mailgun,
  messenger,
  postmark,
  rbm,
  sendgrid,
  slack,
  telegram,
  tiktok,
  twilio,
  viber,
  vonage,
  wechat,
  whatsapp,
};
