import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  changeChannel,
  channelChange,
  channelOut,
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  newChannel,
} from './channels.ts';

/** Connections to providers. */
export const channelRoutes: readonly Route[] = [
  route('get', `${W}/channels`, ACCESS.readChannels, {
    summary: 'Channels, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(channelOut) },
    handle: listChannels,
  }),
  route('post', `${W}/channels`, ACCESS.writeChannels, {
    summary: 'Connect a channel',
    body: newChannel,
    answers: { 201: channelOut },
    errors: ['channel_exists'],
    handle: createChannel,
  }),
  route('get', `${W}/channels/:id`, ACCESS.readChannels, {
    summary: 'One channel',
    params: anId,
    answers: { 200: channelOut },
    handle: getChannel,
  }),
  route('patch', `${W}/channels/:id`, ACCESS.writeChannels, {
    summary: 'Rename a channel or give it new credentials',
    params: anId,
    body: channelChange,
    answers: { 200: channelOut },
    errors: ['channel_exists'],
    handle: changeChannel,
  }),
  route('delete', `${W}/channels/:id`, ACCESS.writeChannels, {
    summary: 'Disconnect a channel; its conversations stay',
    params: anId,
    answers: { 204: null },
    handle: deleteChannel,
  }),
];
