// What the sandbox sends and answers, in the words of the SDK's own types. Turned into JSON Schema by the tests.
import type {
  BlockAction, EnvelopedEvent, GlobalShortcut, MessageShortcut, SlashCommand, ViewClosedAction, ViewSubmitAction,
} from '@slack/bolt';
import type {
  AppHomeOpenedEvent, AppMentionEvent, AppUninstalledEvent, GenericMessageEvent, MemberJoinedChannelEvent, TokensRevokedEvent,
} from '@slack/types';
import type {
  AppsConnectionsOpenResponse, AuthTestResponse, ChatPostEphemeralResponse, ChatPostMessageResponse, ChatScheduleMessageResponse, ChatUpdateResponse,
  ConversationsHistoryResponse, ConversationsInfoResponse, ConversationsListResponse, ConversationsMembersResponse, ConversationsRepliesResponse,
  FilesCompleteUploadExternalResponse, FilesGetUploadURLExternalResponse, FilesInfoResponse, TeamInfoResponse, UsersInfoResponse, UsersLookupByEmailResponse,
  ViewsOpenResponse, ViewsPublishResponse,
} from '@slack/web-api';

export type Slash = SlashCommand;
export type Click = BlockAction;
export type Submission = ViewSubmitAction;
export type Closed = ViewClosedAction;
export type Shortcut = GlobalShortcut;
export type OnMessage = MessageShortcut;
export type HomeOpened = EnvelopedEvent<AppHomeOpenedEvent>;
export type Mention = EnvelopedEvent<AppMentionEvent>;
export type Direct = EnvelopedEvent<GenericMessageEvent>;
export type Joined = EnvelopedEvent<MemberJoinedChannelEvent>;
export type Uninstalled = EnvelopedEvent<AppUninstalledEvent>;
export type Revoked = EnvelopedEvent<TokensRevokedEvent>;

export type apps_connections_open = AppsConnectionsOpenResponse;
export type auth_test = AuthTestResponse;
export type chat_postEphemeral = ChatPostEphemeralResponse;
export type chat_postMessage = ChatPostMessageResponse;
export type chat_scheduleMessage = ChatScheduleMessageResponse;
export type chat_update = ChatUpdateResponse;
export type conversations_history = ConversationsHistoryResponse;
export type conversations_info = ConversationsInfoResponse;
export type conversations_list = ConversationsListResponse;
export type conversations_members = ConversationsMembersResponse;
export type conversations_replies = ConversationsRepliesResponse;
export type files_completeUploadExternal = FilesCompleteUploadExternalResponse;
export type files_getUploadURLExternal = FilesGetUploadURLExternalResponse;
export type files_info = FilesInfoResponse;
export type team_info = TeamInfoResponse;
export type users_info = UsersInfoResponse;
export type users_lookupByEmail = UsersLookupByEmailResponse;
export type views_open = ViewsOpenResponse;
export type views_publish = ViewsPublishResponse;
