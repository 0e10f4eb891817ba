// Made by `npm run client` from the OpenAPI document a7a46c85ea3d3f215b57a35b00dba698a3a0ae3d69401b0699b0e6a1b19ea441

export interface paths {
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in: sets the session cookie
         * @description For everybody.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out: the session ends
         * @description For users who are `owner` or `manager` or `agent`; not for keys.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user who is signed in, with workspaces and roles
         * @description For users who are `owner` or `manager` or `agent`; not for keys.
         */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the user is signed in, newest first
         * @description For users who are `owner` or `manager` or `agent`; not for keys.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of the user's sessions
         * @description For users who are `owner` or `manager` or `agent`; not for keys.
         */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the password; all other sessions end
         * @description For users who are `owner` or `manager` or `agent`; not for keys.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation: choose a password, or show that of the account; signs in
         * @description For everybody.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The workspaces of whoever asks
         * @description For users who are `owner` or `manager` or `agent`; keys with `contacts:read` or `contacts:write` or `blocks:write` or `conversations:read` or `conversations:write` or `mac:read` or `channels:write` or `admin` or `ops:read`.
         */
        get: operations["listWorkspaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the workspace
         * @description For users who are `owner`; keys with `admin`.
         */
        patch: operations["changeWorkspace"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Users, newest first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read` or `admin`.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Invite a user; only this answer has the token. With a password, make one
         * @description For users who are `owner`; keys with `admin`.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a user from the workspace
         * @description For users who are `owner`; keys with `admin`.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change the role or the name of a user
         * @description For users who are `owner`; keys with `admin`.
         */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invitations that are open, newest first
         * @description For users who are `owner`; keys with `admin`.
         */
        get: operations["listInvitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw an invitation
         * @description For users who are `owner`; keys with `admin`.
         */
        delete: operations["deleteInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * API keys, newest first
         * @description For users who are `owner`; keys with `admin`.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key; only this answer has it
         * @description For users who are `owner`; keys with `admin`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description For users who are `owner`; keys with `admin`.
         */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Channels, newest first
         * @description For users who are `owner` or `manager` or `agent`; keys with `channels:write` or `admin`.
         */
        get: operations["listChannels"];
        put?: never;
        /**
         * Connect a channel
         * @description For users who are `owner` or `manager`; keys with `channels:write`.
         */
        post: operations["createChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One channel
         * @description For users who are `owner` or `manager` or `agent`; keys with `channels:write` or `admin`.
         */
        get: operations["getChannel"];
        put?: never;
        post?: never;
        /**
         * Disconnect a channel; its conversations stay
         * @description For users who are `owner` or `manager`; keys with `channels:write`.
         */
        delete: operations["deleteChannel"];
        options?: never;
        head?: never;
        /**
         * Rename a channel or give it new credentials
         * @description For users who are `owner` or `manager`; keys with `channels:write`.
         */
        patch: operations["changeChannel"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Contacts, newest first; blocked ones by when they were blocked
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listContacts"];
        put?: never;
        /**
         * Make a contact
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        post: operations["createContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One contact
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["getContact"];
        put?: never;
        post?: never;
        /**
         * Delete a contact that is not blocked, with its conversations and messages
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        delete: operations["removeContact"];
        options?: never;
        head?: never;
        /**
         * Change what is named, and nothing else
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        patch: operations["updateContact"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/{id}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Block a contact; a blocked one stays as it is
         * @description For users who are `owner` or `manager`; keys with `blocks:write`.
         */
        post: operations["blockContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/{id}/unblock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unblock a contact
         * @description For users who are `owner` or `manager`; keys with `blocks:write`.
         */
        post: operations["unblockContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/{id}/block-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blocks and unblocks of one contact, newest first
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listContactBlockHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge the secondary contact into the primary; asked again, it is done once
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        post: operations["mergeContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/merge/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a merge would make of two contacts
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        post: operations["previewContactMerge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/contacts/{id}/merges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The merges that made a contact, with what each side was before, newest first
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listMerges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/block-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Blocks and unblocks of the workspace, newest first
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listBlockHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Segments, newest first, after the built-in one
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listSegments"];
        put?: never;
        /**
         * Save a filter as a segment
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        post: operations["createSegment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/segments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One segment
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["getSegment"];
        put?: never;
        post?: never;
        /**
         * Delete a segment; its contacts stay
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        delete: operations["deleteSegment"];
        options?: never;
        head?: never;
        /**
         * Rename a segment or give it another filter
         * @description For users who are `owner` or `manager`; keys with `contacts:write`.
         */
        patch: operations["changeSegment"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/segments/{id}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Contacts of a segment, newest first; blocked ones by when they were blocked
         * @description For users who are `owner` or `manager`; keys with `contacts:read`.
         */
        get: operations["listSegmentContacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/inboxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many conversations wait in each inbox
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["listInboxes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Conversations of an inbox, the latest activity first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["listConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One conversation
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages, newest first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Send a message now or at a time; with the same Idempotency-Key once
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Cancel a scheduled message
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        delete: operations["cancelScheduled"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/scheduled-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scheduled messages, the next one first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["listScheduled"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Internal notes, newest first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["listNotes"];
        put?: never;
        /**
         * Add an internal note: it is never sent
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["createNote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/notes/{noteId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete one's own note
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        delete: operations["deleteNote"];
        options?: never;
        head?: never;
        /**
         * Change one's own note
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        patch: operations["editNote"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a conversation
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["openConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a conversation; an inbound message opens it again
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["closeConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/snooze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a conversation aside until a time, or until the contact writes
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["snoozeConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Assign a conversation to a user, or to nobody
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["assignConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mark a conversation read
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["markConversationRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Block the conversation's contact
         * @description For users who are `owner` or `manager` or `agent`; keys with `blocks:write`.
         */
        post: operations["blockInInbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/conversations/{id}/unblock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unblock the conversation's contact
         * @description For users who are `owner` or `manager` or `agent`; keys with `blocks:write`.
         */
        post: operations["unblockInInbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens in the workspace, as server-sent events
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read`.
         */
        get: operations["openLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events that could not be stored, newest first
         * @description For users who are `owner` or `manager`; keys with `ops:read` or `admin`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/dead-letters/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try to store the event once more
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        post: operations["retryDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Discard the event for good
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        delete: operations["discardDeadLetter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/mac": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Monthly active contacts of a billing cycle
         * @description For users who are `owner` or `manager`; keys with `mac:read`.
         */
        get: operations["getMac"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/mac/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Monthly active contacts of every billing cycle, the current one first
         * @description For users who are `owner` or `manager`; keys with `mac:read`.
         */
        get: operations["getMacHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/mac/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who was counted in a billing cycle, by pages or as CSV
         * @description For users who are `owner` or `manager`; keys with `mac:read`.
         */
        get: operations["getMacContacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/outcomes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of the events, by hour
         * @description For users who are `owner` or `manager`; keys with `ops:read` or `admin`.
         */
        get: operations["getOutcomes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Outgoing webhooks, newest first
         * @description For users who are `owner`; keys with `admin`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Add an outgoing webhook; its secret is shown here once
         * @description For users who are `owner`; keys with `admin`.
         */
        post: operations["addWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove an outgoing webhook with its log
         * @description For users who are `owner`; keys with `admin`.
         */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        /**
         * Change where and of what it tells; enabled again, it goes on with what waits
         * @description For users who are `owner`; keys with `admin`.
         */
        patch: operations["patchWebhook"];
        trace?: never;
    };
    "/workspaces/{workspaceId}/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give it a new secret, shown here once; the old one signs as well for a day
         * @description For users who are `owner`; keys with `admin`.
         */
        post: operations["rotateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of each event, newest first
         * @description For users who are `owner`; keys with `admin`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/webhooks/{id}/deliveries/{deliveryId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event again, under the same id
         * @description For users who are `owner`; keys with `admin`.
         */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Workflows, newest first; to agents the shortcuts, without their steps
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read` or `admin`.
         */
        get: operations["listWorkflows"];
        put?: never;
        /**
         * Make a workflow
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        post: operations["createNewWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/workflows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One workflow with its steps
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        get: operations["getWorkflow"];
        /**
         * A new version of a workflow; what runs stays with its own
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        put: operations["replaceWorkflow"];
        post?: never;
        /**
         * Delete a workflow; its runs end at their next step
         * @description For users who are `owner` or `manager`; keys with `admin`.
         */
        delete: operations["deleteOneWorkflow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/workflows/{id}/launch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Launch a shortcut for a contact; with the same Idempotency-Key once
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:write`.
         */
        post: operations["launchWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/workflow-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Workflow runs, newest first
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read` or `admin`.
         */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workspaces/{workspaceId}/workflow-runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One workflow run, step by step
         * @description For users who are `owner` or `manager` or `agent`; keys with `conversations:read` or `admin`.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Actor: {
            /** @enum {string} */
            type: "user" | "api" | "system" | "workflow";
            id: string;
        };
        ApiKey: {
            id: string;
            name: string;
            hint: string;
            scopes: ("contacts:read" | "contacts:write" | "blocks:write" | "conversations:read" | "conversations:write" | "mac:read" | "channels:write" | "admin" | "ops:read")[];
            expiresAt: string | null;
            lastUsedAt: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        Attachment: {
            /** @enum {string} */
            type: "image" | "video" | "audio" | "file" | "sticker";
            id?: string;
            url?: string;
            mimeType?: string;
            name?: string;
            size?: number;
        };
        Block: {
            id: string;
            /** Format: date-time */
            since: string;
            by: components["schemas"]["Actor"];
            /** @enum {string} */
            source: "inbox" | "contacts" | "api" | "rule" | "workflow";
            reason: string | null;
            expiresAt: string | null;
        };
        BlockHistoryEntry: {
            id: string;
            contactId: string;
            blockId: string;
            /** @enum {string} */
            action: "blocked" | "unblocked";
            /** Format: date-time */
            at: string;
            by: components["schemas"]["Actor"];
            /** @enum {string} */
            source: "inbox" | "contacts" | "api" | "rule" | "workflow";
            reason: string | null;
            expiresAt: string | null;
        };
        /** @description When the body is longer than 1 MB. */
        BodyTooLargeProblem: {
            /** @constant */
            type: "urn:videur:error:body_too_large";
            title: string;
            /** @constant */
            status: 413;
            /** @constant */
            code: "body_too_large";
        };
        Channel: {
            id: string;
            /** @enum {string} */
            type: "bird" | "custom" | "infobip" | "instagram" | "line" | "mailgun" | "messenger" | "postmark" | "rbm" | "sendgrid" | "slack" | "telegram" | "tiktok" | "twilio" | "viber" | "vonage" | "wechat" | "whatsapp";
            name: string;
            webhookUrl: string;
            appWebhookUrl: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        /** @description When a message is to be sent in a conversation whose channel was deleted. */
        ChannelDeletedProblem: {
            /** @constant */
            type: "urn:videur:error:channel_deleted";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "channel_deleted";
        };
        /** @description When a channel is made or changed to an app and account that another channel of the workspace has. */
        ChannelExistsProblem: {
            /** @constant */
            type: "urn:videur:error:channel_exists";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "channel_exists";
        };
        Contact: {
            id: string;
            firstName: string | null;
            lastName: string | null;
            phone: string | null;
            email: string | null;
            tags: string[];
            fields: {
                [key: string]: unknown;
            };
            identities: string[];
            blocked: components["schemas"]["Block"] | null;
            refused: {
                count: number;
                lastAt: string | null;
            };
            /** Format: date-time */
            createdAt: string;
        };
        /** @description When what was asked for is not done with a blocked contact: sending to it, opening, closing or snoozing its conversation, merging it; deleting it or taking an identity from it: unblock it first. `block` has the details, and for a merge `contactId` says whose it is. */
        ContactBlockedProblem: {
            /** @constant */
            type: "urn:videur:error:contact_blocked";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "contact_blocked";
            block: components["schemas"]["Block"];
            contactId?: string;
        };
        /** @description When a message is to be sent to a contact that has no identity of the channel’s kind. */
        ContactUnreachableProblem: {
            /** @constant */
            type: "urn:videur:error:contact_unreachable";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "contact_unreachable";
        };
        Conversation: {
            id: string;
            contactId: string;
            channelId: string;
            /** @enum {string} */
            status: "open" | "closed" | "snoozed";
            blocked: boolean;
            assigneeId: string | null;
            snoozedUntil: string | null;
            unread: number;
            /** Format: date-time */
            lastMessageAt: string;
            contact: {
                id: string;
                name: string;
                blocked: components["schemas"]["Block"] | null;
            } | null;
            channel: {
                id: string;
                /** @enum {string} */
                type: "bird" | "custom" | "infobip" | "instagram" | "line" | "mailgun" | "messenger" | "postmark" | "rbm" | "sendgrid" | "slack" | "telegram" | "tiktok" | "twilio" | "viber" | "vonage" | "wechat" | "whatsapp";
                name: string;
            } | null;
            assignee: {
                id: string;
                name: string | null;
            } | null;
            lastMessage: {
                id: string;
                /** @enum {string} */
                direction: "in" | "out";
                type: string;
                text: string | null;
                /** Format: date-time */
                at: string;
                status: string;
            } | null;
        };
        /** @description When a change is asked for with a cookie and neither Origin nor Sec-Fetch-Site says that it comes from this site. */
        CrossSiteProblem: {
            /** @constant */
            type: "urn:videur:error:cross_site";
            title: string;
            /** @constant */
            status: 403;
            /** @constant */
            code: "cross_site";
        };
        DeadLetter: {
            id: string;
            channelId: string;
            kind: string;
            eventId: string;
            reason: string;
            attempts: number;
            /** Format: date-time */
            receivedAt: string;
            /** Format: date-time */
            failedAt: string;
            retriedAt: string | null;
        };
        /** @description When the role of the user or the scopes of the key are not enough. */
        ForbiddenProblem: {
            /** @constant */
            type: "urn:videur:error:forbidden";
            title: string;
            /** @constant */
            status: 403;
            /** @constant */
            code: "forbidden";
        };
        /** @description When a contact is made with, or given, an identity of another contact of the workspace; `contactId` says whose. */
        IdentityTakenProblem: {
            /** @constant */
            type: "urn:videur:error:identity_taken";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "identity_taken";
            contactId: string;
        };
        /** @description When a fault of ours; the log has its kind and place. */
        InternalErrorProblem: {
            /** @constant */
            type: "urn:videur:error:internal_error";
            title: string;
            /** @constant */
            status: 500;
            /** @constant */
            code: "internal_error";
        };
        /** @description When a login fails, whichever of the two is wrong. */
        InvalidCredentialsProblem: {
            /** @constant */
            type: "urn:videur:error:invalid_credentials";
            title: string;
            /** @constant */
            status: 401;
            /** @constant */
            code: "invalid_credentials";
        };
        /** @description When the body cannot be parsed. */
        InvalidJsonProblem: {
            /** @constant */
            type: "urn:videur:error:invalid_json";
            title: string;
            /** @constant */
            status: 400;
            /** @constant */
            code: "invalid_json";
        };
        /** @description When a parameter or a field has a wrong shape; `errors` lists them by path, without values. */
        InvalidRequestProblem: {
            /** @constant */
            type: "urn:videur:error:invalid_request";
            title: string;
            /** @constant */
            status: 422;
            /** @constant */
            code: "invalid_request";
            errors: {
                path: string;
                message: string;
            }[];
        };
        Invitation: {
            id: string;
            email: string;
            name: string | null;
            /** @enum {string} */
            role: "owner" | "manager" | "agent";
            by: {
                /** @enum {string} */
                type: "user" | "api" | "system" | "workflow";
                id: string;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
        };
        /** @description When an invitation is accepted that was accepted, replaced or withdrawn, has expired or never was. */
        InvitationInvalidProblem: {
            /** @constant */
            type: "urn:videur:error:invitation_invalid";
            title: string;
            /** @constant */
            status: 410;
            /** @constant */
            code: "invitation_invalid";
        };
        /** @description When the only owner of a workspace is to be removed or given another role. */
        LastOwnerProblem: {
            /** @constant */
            type: "urn:videur:error:last_owner";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "last_owner";
        };
        ListedWorkflow: {
            id: string;
            name: string;
            version: number;
            enabled: boolean;
            trigger: {
                /** @constant */
                type: "conversation_opened";
            } | {
                /** @constant */
                type: "conversation_closed";
            } | {
                /** @constant */
                type: "message_received";
            } | {
                /** @constant */
                type: "contact_blocked";
            } | {
                /** @constant */
                type: "contact_unblocked";
            } | {
                /** @constant */
                type: "shortcut";
            } | {
                /** @constant */
                type: "schedule";
                cron: string;
                tag?: string;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            steps?: ({
                id: string;
                /** @constant */
                type: "send_message";
                text: string;
            } | {
                id: string;
                /** @constant */
                type: "ask_question";
                text: string;
                saveTo: string;
                /** @default 86400 */
                timeoutSeconds: number;
            } | {
                id: string;
                /** @constant */
                type: "wait";
                seconds: number;
            } | {
                id: string;
                /** @constant */
                type: "branch";
                conditions: {
                    field: string;
                    op: string;
                    value?: unknown;
                    goto: string;
                }[];
                else?: string;
            } | {
                id: string;
                /** @constant */
                type: "add_tag";
                tag: string;
            } | {
                id: string;
                /** @constant */
                type: "remove_tag";
                tag: string;
            } | {
                id: string;
                /** @constant */
                type: "set_field";
                field: string;
                value: string | number | boolean | null;
            } | {
                id: string;
                /** @constant */
                type: "assign";
                userId: string | null;
            } | {
                id: string;
                /** @constant */
                type: "add_note";
                text: string;
            } | {
                id: string;
                /** @constant */
                type: "open_conversation";
            } | {
                id: string;
                /** @constant */
                type: "close_conversation";
            } | {
                id: string;
                /** @constant */
                type: "snooze_conversation";
                seconds: number;
            } | {
                id: string;
                /** @constant */
                type: "http_request";
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "DELETE";
                /** Format: uri */
                url: string;
                body?: unknown;
                saveTo?: string;
            } | {
                id: string;
                /** @constant */
                type: "trigger_workflow";
                workflowId: string;
            } | {
                id: string;
                /** @constant */
                type: "block_contact";
                reason?: string | null;
                expiresInSeconds?: number | null;
            })[];
        };
        Mac: {
            /** Format: date */
            cycle: string;
            /** Format: date-time */
            cycleStart: string;
            /** Format: date-time */
            cycleEnd: string;
            count: number;
            saved: number;
            late: number;
            signedOff: {
                /** Format: date-time */
                at: string;
                count: number;
                checksum: string;
            } | null;
            limit: number | null;
            byChannel: {
                channelId: string;
                count: number;
            }[];
            byDay: {
                /** Format: date */
                day: string;
                count: number;
            }[];
        };
        MacContact: {
            contactId: string;
            channelId: string;
            /** Format: date-time */
            at: string;
            /** Format: date */
            day: string;
            late: boolean;
        };
        MacOfCycle: {
            /** Format: date */
            cycle: string;
            /** Format: date-time */
            cycleStart: string;
            /** Format: date-time */
            cycleEnd: string;
            count: number;
            saved: number;
            late: number;
            signedOff: {
                /** Format: date-time */
                at: string;
                count: number;
                checksum: string;
            } | null;
        };
        Merge: {
            id: string;
            /** Format: date-time */
            at: string;
            by: components["schemas"]["Actor"];
            complete: boolean;
            primary: {
                contact: components["schemas"]["Contact"];
                active: boolean;
            };
            secondary: {
                contact: components["schemas"]["Contact"];
                active: boolean;
            };
            conversations: {
                channelId: string;
                primary: {
                    id: string;
                    /** @enum {string} */
                    status: "open" | "closed" | "snoozed";
                    assigneeId: string | null;
                    snoozedUntil: string | null;
                    /** Format: date-time */
                    lastMessageAt: string;
                } | null;
                secondary: {
                    id: string;
                    /** @enum {string} */
                    status: "open" | "closed" | "snoozed";
                    assigneeId: string | null;
                    snoozedUntil: string | null;
                    /** Format: date-time */
                    lastMessageAt: string;
                };
            }[];
        };
        MergePreview: {
            contact: components["schemas"]["Contact"];
            conversations: {
                id: string;
                /** @enum {string} */
                status: "open" | "closed" | "snoozed";
                assigneeId: string | null;
                snoozedUntil: string | null;
                /** Format: date-time */
                lastMessageAt: string;
                channelId: string;
                madeOf: string[];
            }[];
        };
        /** @description When the id is of a contact that was merged into another, or of a conversation that became part of another; `mergedInto` is the id of that one. */
        MergedProblem: {
            /** @constant */
            type: "urn:videur:error:merged";
            title: string;
            /** @constant */
            status: 410;
            /** @constant */
            code: "merged";
            mergedInto: string;
        };
        Message: {
            id: string;
            conversationId: string;
            /** @enum {string} */
            direction: "in" | "out";
            type: string;
            text: string | null;
            attachments: components["schemas"]["Attachment"][];
            replyTo: string | null;
            /** Format: date-time */
            at: string;
            /** Format: date-time */
            receivedAt: string;
            status: string;
            sendAt: string | null;
            eventId: string;
            sender: {
                /** @enum {string} */
                type: "contact" | "user" | "workflow" | "api" | "echo";
                id: string | null;
            };
            editedAt: string | null;
            failure: string | null;
            providerCode: string | null;
        };
        /** @description When the path or the id names nothing, or something in another workspace. */
        NotFoundProblem: {
            /** @constant */
            type: "urn:videur:error:not_found";
            title: string;
            /** @constant */
            status: 404;
            /** @constant */
            code: "not_found";
        };
        /** @description When a scheduled message is to be cancelled that has left, is about to, or was ended by a block. */
        NotScheduledProblem: {
            /** @constant */
            type: "urn:videur:error:not_scheduled";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "not_scheduled";
        };
        Note: {
            id: string;
            conversationId: string;
            text: string;
            by: components["schemas"]["Actor"];
            /** Format: date-time */
            at: string;
            editedAt: string | null;
        };
        Outcomes: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            items: {
                /** Format: date-time */
                hour: string;
                channelId: string | null;
                /** @enum {string} */
                outcome: "accepted" | "refused" | "duplicate" | "ignored" | "invalid" | "dead_lettered";
                reason: string | null;
                count: number;
            }[];
            totals: {
                accepted: number;
                refused: number;
                duplicate: number;
                ignored: number;
                invalid: number;
                dead_lettered: number;
            };
        };
        Segment: {
            id: string;
            name: string;
            builtIn: boolean;
            filter: components["schemas"]["SegmentFilter"] | null;
            contacts: {
                count: number;
                exact: boolean;
            };
            createdAt: string | null;
        };
        SegmentFilter: {
            all: ({
                field: string;
                op: string;
                value: unknown;
            } | components["schemas"]["SegmentFilter"])[];
        } | {
            any: ({
                field: string;
                op: string;
                value: unknown;
            } | components["schemas"]["SegmentFilter"])[];
        };
        Session: {
            id: string;
            current: boolean;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            usedAt: string;
            /** Format: date-time */
            expiresAt: string;
            ip: string;
            userAgent: string;
        };
        /** @description When too many passwords were wrong: for one e-mail address, from one network address, or both; see Retry-After. */
        TooManyAttemptsProblem: {
            /** @constant */
            type: "urn:videur:error:too_many_attempts";
            title: string;
            /** @constant */
            status: 429;
            /** @constant */
            code: "too_many_attempts";
        };
        /** @description When the key or the user has made more calls in a minute than `API_CALLS_PER_MINUTE`; see RateLimit and Retry-After. */
        TooManyRequestsProblem: {
            /** @constant */
            type: "urn:videur:error:too_many_requests";
            title: string;
            /** @constant */
            status: 429;
            /** @constant */
            code: "too_many_requests";
        };
        /** @description When a webhook is added to a workspace that has 20. */
        TooManyWebhooksProblem: {
            /** @constant */
            type: "urn:videur:error:too_many_webhooks";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "too_many_webhooks";
        };
        /** @description When there is no session or key, or it is unknown, expired or revoked. */
        UnauthenticatedProblem: {
            /** @constant */
            type: "urn:videur:error:unauthenticated";
            title: string;
            /** @constant */
            status: 401;
            /** @constant */
            code: "unauthenticated";
        };
        /** @description When MongoDB or Redis is away, too many sign in at once, or the process is stopping; see Retry-After. */
        UnavailableProblem: {
            /** @constant */
            type: "urn:videur:error:unavailable";
            title: string;
            /** @constant */
            status: 503;
            /** @constant */
            code: "unavailable";
        };
        /** @description When there is a body and its Content-Type is not application/json, or its encoding is unknown. */
        UnsupportedMediaTypeProblem: {
            /** @constant */
            type: "urn:videur:error:unsupported_media_type";
            title: string;
            /** @constant */
            status: 415;
            /** @constant */
            code: "unsupported_media_type";
        };
        User: {
            id: string;
            email: string;
            name: string | null;
            /** @enum {string} */
            role: "owner" | "manager" | "agent";
        };
        /** @description When somebody is invited who belongs to the workspace, or a user is made for an e-mail address that has one. */
        UserExistsProblem: {
            /** @constant */
            type: "urn:videur:error:user_exists";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "user_exists";
        };
        Webhook: {
            id: string;
            url: string;
            events: ("contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold")[];
            enabled: boolean;
            disabledReason: ("failing" | "backlog" | "gone") | null;
            failingSince: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        WebhookDelivery: {
            id: string;
            eventId: string;
            /** @enum {string} */
            type: "contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold";
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            status: "waiting" | "delivered" | "failed";
            attempts: number;
            lastCode: number | null;
            failure: string | null;
            lastAttemptAt: string | null;
            nextAttemptAt: string | null;
        };
        Workflow: {
            id: string;
            name: string;
            version: number;
            enabled: boolean;
            trigger: {
                /** @constant */
                type: "conversation_opened";
            } | {
                /** @constant */
                type: "conversation_closed";
            } | {
                /** @constant */
                type: "message_received";
            } | {
                /** @constant */
                type: "contact_blocked";
            } | {
                /** @constant */
                type: "contact_unblocked";
            } | {
                /** @constant */
                type: "shortcut";
            } | {
                /** @constant */
                type: "schedule";
                cron: string;
                tag?: string;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            steps: ({
                id: string;
                /** @constant */
                type: "send_message";
                text: string;
            } | {
                id: string;
                /** @constant */
                type: "ask_question";
                text: string;
                saveTo: string;
                /** @default 86400 */
                timeoutSeconds: number;
            } | {
                id: string;
                /** @constant */
                type: "wait";
                seconds: number;
            } | {
                id: string;
                /** @constant */
                type: "branch";
                conditions: {
                    field: string;
                    op: string;
                    value?: unknown;
                    goto: string;
                }[];
                else?: string;
            } | {
                id: string;
                /** @constant */
                type: "add_tag";
                tag: string;
            } | {
                id: string;
                /** @constant */
                type: "remove_tag";
                tag: string;
            } | {
                id: string;
                /** @constant */
                type: "set_field";
                field: string;
                value: string | number | boolean | null;
            } | {
                id: string;
                /** @constant */
                type: "assign";
                userId: string | null;
            } | {
                id: string;
                /** @constant */
                type: "add_note";
                text: string;
            } | {
                id: string;
                /** @constant */
                type: "open_conversation";
            } | {
                id: string;
                /** @constant */
                type: "close_conversation";
            } | {
                id: string;
                /** @constant */
                type: "snooze_conversation";
                seconds: number;
            } | {
                id: string;
                /** @constant */
                type: "http_request";
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "DELETE";
                /** Format: uri */
                url: string;
                body?: unknown;
                saveTo?: string;
            } | {
                id: string;
                /** @constant */
                type: "trigger_workflow";
                workflowId: string;
            } | {
                id: string;
                /** @constant */
                type: "block_contact";
                reason?: string | null;
                expiresInSeconds?: number | null;
            })[];
        };
        /** @description When a workflow is launched that is not a shortcut, or is not enabled. */
        WorkflowNotLaunchableProblem: {
            /** @constant */
            type: "urn:videur:error:workflow_not_launchable";
            title: string;
            /** @constant */
            status: 409;
            /** @constant */
            code: "workflow_not_launchable";
        };
        Workspace: {
            id: string;
            name: string;
            billing: {
                anchorDay: number;
                timeZone: string;
                macLimit: number | null;
                inForce: {
                    anchorDay: number;
                    timeZone: string;
                    until: string | null;
                };
            };
            /** Format: date-time */
            createdAt: string;
        };
    };
    responses: {
        /** @description `body_too_large`: The body is too large */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["BodyTooLargeProblem"];
            };
        };
        /** @description `channel_exists`: The workspace has a channel for this account */
        ChannelExists: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ChannelExistsProblem"];
            };
        };
        /** @description `contact_blocked`: The contact is blocked */
        ContactBlocked: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ContactBlockedProblem"];
            };
        };
        /** @description `contact_blocked`: The contact is blocked; `contact_unreachable`: The channel does not reach this contact; `channel_deleted`: The channel was deleted */
        ContactBlockedOrContactUnreachableOrChannelDeleted: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ContactBlockedProblem"] | components["schemas"]["ContactUnreachableProblem"] | components["schemas"]["ChannelDeletedProblem"];
            };
        };
        /** @description `contact_blocked`: The contact is blocked; `identity_taken`: Another contact has this identity */
        ContactBlockedOrIdentityTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ContactBlockedProblem"] | components["schemas"]["IdentityTakenProblem"];
            };
        };
        /** @description `cross_site`: The request comes from another site */
        CrossSite: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["CrossSiteProblem"];
            };
        };
        /** @description `forbidden`: Your role or scope does not allow this */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ForbiddenProblem"];
            };
        };
        /** @description `forbidden`: Your role or scope does not allow this; `cross_site`: The request comes from another site */
        ForbiddenOrCrossSite: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["CrossSiteProblem"];
            };
        };
        /** @description `identity_taken`: Another contact has this identity */
        IdentityTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["IdentityTakenProblem"];
            };
        };
        /** @description `internal_error`: Something went wrong */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalErrorProblem"];
            };
        };
        /** @description `invalid_credentials`: The e-mail address or the password is wrong */
        InvalidCredentials: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidCredentialsProblem"];
            };
        };
        /** @description `invalid_credentials`: The e-mail address or the password is wrong; `unauthenticated`: Sign in or send an API key */
        InvalidCredentialsOrUnauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidCredentialsProblem"] | components["schemas"]["UnauthenticatedProblem"];
            };
        };
        /** @description `invalid_json`: The body is not JSON */
        InvalidJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidJsonProblem"];
            };
        };
        /** @description `invalid_request`: The request is not valid */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequestProblem"];
            };
        };
        /** @description `invitation_invalid`: The invitation is no longer good */
        InvitationInvalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvitationInvalidProblem"];
            };
        };
        /** @description `last_owner`: The workspace needs an owner */
        LastOwner: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["LastOwnerProblem"];
            };
        };
        /** @description `merged`: It is part of another one now */
        Merged: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["MergedProblem"];
            };
        };
        /** @description `not_found`: There is no such thing here */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotFoundProblem"];
            };
        };
        /** @description `not_scheduled`: The message is not scheduled any more */
        NotScheduled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotScheduledProblem"];
            };
        };
        /** @description `too_many_attempts`: Too many attempts to sign in */
        TooManyAttempts: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyAttemptsProblem"];
            };
        };
        /** @description `too_many_attempts`: Too many attempts to sign in; `too_many_requests`: Too many calls */
        TooManyAttemptsOrTooManyRequests: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyAttemptsProblem"] | components["schemas"]["TooManyRequestsProblem"];
            };
        };
        /** @description `too_many_requests`: Too many calls */
        TooManyRequests: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyRequestsProblem"];
            };
        };
        /** @description `too_many_webhooks`: The workspace has too many webhooks */
        TooManyWebhooks: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyWebhooksProblem"];
            };
        };
        /** @description `unauthenticated`: Sign in or send an API key */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnauthenticatedProblem"];
            };
        };
        /** @description `unavailable`: Try again in a moment */
        Unavailable: {
            headers: {
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnavailableProblem"];
            };
        };
        /** @description `unsupported_media_type`: The body must be JSON in UTF-8 */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
        /** @description `user_exists`: There is a user with this e-mail address */
        UserExists: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UserExistsProblem"];
            };
        };
        /** @description `workflow_not_launchable`: The workflow cannot be launched */
        WorkflowNotLaunchable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["WorkflowNotLaunchableProblem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["InvalidCredentials"];
            403: components["responses"]["CrossSite"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyAttempts"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: {
                            id: string;
                            email: string;
                        };
                        workspaces: {
                            id: string;
                            name: string;
                            /** @enum {string} */
                            role: "owner" | "manager" | "agent";
                            displayName: string | null;
                        }[];
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currentPassword: string;
                    newPassword: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["InvalidCredentialsOrUnauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyAttemptsOrTooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["InvalidCredentials"];
            403: components["responses"]["CrossSite"];
            410: components["responses"]["InvitationInvalid"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyAttempts"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWorkspaces: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Workspace"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    billing?: {
                        anchorDay?: number;
                        timeZone?: string;
                        macLimit?: number | null;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["User"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    name?: string | null;
                    /** @enum {string} */
                    role: "owner" | "manager" | "agent";
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        /** @enum {string} */
                        role: "owner" | "manager" | "agent";
                        invitation: {
                            token: string;
                            /** Format: date-time */
                            expiresAt: string;
                        } | null;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["UserExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LastOwner"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string | null;
                    /** @enum {string} */
                    role?: "owner" | "manager" | "agent";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LastOwner"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    scopes: ("contacts:read" | "contacts:write" | "blocks:write" | "conversations:read" | "conversations:write" | "mac:read" | "channels:write" | "admin" | "ops:read")[];
                    expiresAt?: string | null;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        hint: string;
                        scopes: ("contacts:read" | "contacts:write" | "blocks:write" | "conversations:read" | "conversations:write" | "mac:read" | "channels:write" | "admin" | "ops:read")[];
                        expiresAt: string | null;
                        lastUsedAt: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        key: string;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listChannels: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Channel"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    type: "bird" | "custom" | "infobip" | "instagram" | "line" | "mailgun" | "messenger" | "postmark" | "rbm" | "sendgrid" | "slack" | "telegram" | "tiktok" | "twilio" | "viber" | "vonage" | "wechat" | "whatsapp";
                    name: string;
                    credentials: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ChannelExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    credentials?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ChannelExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listContacts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                q?: string;
                segment?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Contact"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    firstName?: string | null;
                    lastName?: string | null;
                    phone?: string | null;
                    email?: string | null;
                    identities?: string[];
                    /** @default [] */
                    tags?: string[];
                    fields?: {
                        [key: string]: (string | number | boolean) | null;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdentityTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    removeContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    firstName?: string | null;
                    lastName?: string | null;
                    phone?: string | null;
                    email?: string | null;
                    fields?: {
                        [key: string]: (string | number | boolean) | null;
                    };
                    tags?: string[];
                    addTags?: string[];
                    removeTags?: string[];
                    identities?: string[];
                    addIdentities?: string[];
                    removeIdentities?: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlockedOrIdentityTaken"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    blockContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                    expiresAt?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    unblockContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listContactBlockHistory: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BlockHistoryEntry"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    mergeContacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    primaryId: string;
                    secondaryId: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    previewContactMerge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    primaryId: string;
                    secondaryId: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergePreview"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listMerges: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Merge"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listBlockHistory: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BlockHistoryEntry"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSegments: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Segment"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    filter: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Segment"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Segment"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    filter?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Segment"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSegmentContacts: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                q?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Contact"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listInboxes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** @enum {string} */
                            inbox: "all" | "mine" | "unassigned" | "blocked";
                            count: number;
                        }[];
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listConversations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                inbox?: "all" | "mine" | "unassigned" | "blocked";
                status?: "open" | "closed" | "snoozed";
                channelId?: string;
                contactId?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Conversation"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Message"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Of your choice: what is asked again with the same key is done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text?: string;
                    attachment?: {
                        /** @enum {string} */
                        type: "image" | "video" | "audio" | "file";
                        /** Format: uri */
                        url: string;
                        name?: string;
                        mimeType?: string;
                    };
                    /** Format: date-time */
                    sendAt?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlockedOrContactUnreachableOrChannelDeleted"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelScheduled: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotScheduled"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listScheduled: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Message"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listNotes: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Note"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createNote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Note"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteNote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
                noteId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    editNote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
                noteId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Note"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    openConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    closeConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    snoozeConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: date-time */
                    until: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ContactBlocked"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    assignConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    userId: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    markConversationRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    blockInInbox: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                    expiresAt?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    unblockInInbox: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Merged"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    openLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["DeadLetter"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    discardDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMac: {
        parameters: {
            query?: {
                cycle?: "current" | string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mac"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMacHistory: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MacOfCycle"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMacContacts: {
        parameters: {
            query?: {
                cycle?: "current" | string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MacContact"][];
                        nextCursor: string | null;
                    };
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOutcomes: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                channelId?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcomes"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    addWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: uri */
                    url: string;
                    events: ("contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold")[];
                    /** @default true */
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        events: ("contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold")[];
                        enabled: boolean;
                        disabledReason: ("failing" | "backlog" | "gone") | null;
                        failingSince: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        secret: string;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TooManyWebhooks"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    removeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    patchWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: uri */
                    url?: string;
                    events?: ("contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold")[];
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        events: ("contact.blocked" | "contact.unblocked" | "message.received" | "conversation.closed" | "mac.threshold")[];
                        enabled: boolean;
                        disabledReason: ("failing" | "backlog" | "gone") | null;
                        failingSince: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        secret: string;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWorkflows: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ListedWorkflow"][];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createNewWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @default true */
                    enabled?: boolean;
                    trigger: {
                        /** @constant */
                        type: "conversation_opened";
                    } | {
                        /** @constant */
                        type: "conversation_closed";
                    } | {
                        /** @constant */
                        type: "message_received";
                    } | {
                        /** @constant */
                        type: "contact_blocked";
                    } | {
                        /** @constant */
                        type: "contact_unblocked";
                    } | {
                        /** @constant */
                        type: "shortcut";
                    } | {
                        /** @constant */
                        type: "schedule";
                        cron: string;
                        tag?: string;
                    };
                    steps: ({
                        id: string;
                        /** @constant */
                        type: "send_message";
                        text: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "ask_question";
                        text: string;
                        saveTo: string;
                        /** @default 86400 */
                        timeoutSeconds?: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "wait";
                        seconds: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "branch";
                        conditions: {
                            field: string;
                            op: string;
                            value?: unknown;
                            goto: string;
                        }[];
                        else?: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "add_tag";
                        tag: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "remove_tag";
                        tag: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "set_field";
                        field: string;
                        value: string | number | boolean | null;
                    } | {
                        id: string;
                        /** @constant */
                        type: "assign";
                        userId: string | null;
                    } | {
                        id: string;
                        /** @constant */
                        type: "add_note";
                        text: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "open_conversation";
                    } | {
                        id: string;
                        /** @constant */
                        type: "close_conversation";
                    } | {
                        id: string;
                        /** @constant */
                        type: "snooze_conversation";
                        seconds: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "http_request";
                        /** @enum {string} */
                        method: "GET" | "POST" | "PUT" | "DELETE";
                        /** Format: uri */
                        url: string;
                        body?: unknown;
                        saveTo?: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "trigger_workflow";
                        workflowId: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "block_contact";
                        reason?: string | null;
                        expiresInSeconds?: number | null;
                    })[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflow"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflow"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @default true */
                    enabled?: boolean;
                    trigger: {
                        /** @constant */
                        type: "conversation_opened";
                    } | {
                        /** @constant */
                        type: "conversation_closed";
                    } | {
                        /** @constant */
                        type: "message_received";
                    } | {
                        /** @constant */
                        type: "contact_blocked";
                    } | {
                        /** @constant */
                        type: "contact_unblocked";
                    } | {
                        /** @constant */
                        type: "shortcut";
                    } | {
                        /** @constant */
                        type: "schedule";
                        cron: string;
                        tag?: string;
                    };
                    steps: ({
                        id: string;
                        /** @constant */
                        type: "send_message";
                        text: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "ask_question";
                        text: string;
                        saveTo: string;
                        /** @default 86400 */
                        timeoutSeconds?: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "wait";
                        seconds: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "branch";
                        conditions: {
                            field: string;
                            op: string;
                            value?: unknown;
                            goto: string;
                        }[];
                        else?: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "add_tag";
                        tag: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "remove_tag";
                        tag: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "set_field";
                        field: string;
                        value: string | number | boolean | null;
                    } | {
                        id: string;
                        /** @constant */
                        type: "assign";
                        userId: string | null;
                    } | {
                        id: string;
                        /** @constant */
                        type: "add_note";
                        text: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "open_conversation";
                    } | {
                        id: string;
                        /** @constant */
                        type: "close_conversation";
                    } | {
                        id: string;
                        /** @constant */
                        type: "snooze_conversation";
                        seconds: number;
                    } | {
                        id: string;
                        /** @constant */
                        type: "http_request";
                        /** @enum {string} */
                        method: "GET" | "POST" | "PUT" | "DELETE";
                        /** Format: uri */
                        url: string;
                        body?: unknown;
                        saveTo?: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "trigger_workflow";
                        workflowId: string;
                    } | {
                        id: string;
                        /** @constant */
                        type: "block_contact";
                        reason?: string | null;
                        expiresInSeconds?: number | null;
                    })[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workflow"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteOneWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    launchWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    contactId: string;
                    conversationId?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        workflowId: string;
                        version: number;
                        contactId: string;
                        conversationId: string | null;
                        /** @enum {string} */
                        trigger: "conversation_opened" | "conversation_closed" | "message_received" | "contact_blocked" | "contact_unblocked" | "shortcut" | "schedule";
                        /** @enum {string} */
                        status: "running" | "waiting" | "completed" | "stopped" | "failed";
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                        steps: {
                            id: string;
                            /** Format: date-time */
                            at: string;
                            result: string;
                        }[];
                        end: {
                            /** @enum {string} */
                            reason: "finished" | "contact_blocked" | "conversation_closed" | "error" | "loop_limit" | "workflow_deleted" | "contact_deleted";
                            stepId: string | null;
                        } | null;
                    };
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        workflowId: string;
                        version: number;
                        contactId: string;
                        conversationId: string | null;
                        /** @enum {string} */
                        trigger: "conversation_opened" | "conversation_closed" | "message_received" | "contact_blocked" | "contact_unblocked" | "shortcut" | "schedule";
                        /** @enum {string} */
                        status: "running" | "waiting" | "completed" | "stopped" | "failed";
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                        steps: {
                            id: string;
                            /** Format: date-time */
                            at: string;
                            result: string;
                        }[];
                        end: {
                            /** @enum {string} */
                            reason: "finished" | "contact_blocked" | "conversation_closed" | "error" | "loop_limit" | "workflow_deleted" | "contact_deleted";
                            stepId: string | null;
                        } | null;
                    };
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["WorkflowNotLaunchable"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listRuns: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                contactId?: string;
                workflowId?: string;
            };
            header?: never;
            path: {
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            id: string;
                            workflowId: string;
                            version: number;
                            contactId: string;
                            conversationId: string | null;
                            /** @enum {string} */
                            trigger: "conversation_opened" | "conversation_closed" | "message_received" | "contact_blocked" | "contact_unblocked" | "shortcut" | "schedule";
                            /** @enum {string} */
                            status: "running" | "waiting" | "completed" | "stopped" | "failed";
                            /** Format: date-time */
                            startedAt: string;
                            endedAt: string | null;
                            steps: {
                                id: string;
                                /** Format: date-time */
                                at: string;
                                result: string;
                            }[];
                            end: {
                                /** @enum {string} */
                                reason: "finished" | "contact_blocked" | "conversation_closed" | "error" | "loop_limit" | "workflow_deleted" | "contact_deleted";
                                stepId: string | null;
                            } | null;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspaceId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        workflowId: string;
                        version: number;
                        contactId: string;
                        conversationId: string | null;
                        /** @enum {string} */
                        trigger: "conversation_opened" | "conversation_closed" | "message_received" | "contact_blocked" | "contact_unblocked" | "shortcut" | "schedule";
                        /** @enum {string} */
                        status: "running" | "waiting" | "completed" | "stopped" | "failed";
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                        steps: {
                            id: string;
                            /** Format: date-time */
                            at: string;
                            result: string;
                        }[];
                        end: {
                            /** @enum {string} */
                            reason: "finished" | "contact_blocked" | "conversation_closed" | "error" | "loop_limit" | "workflow_deleted" | "contact_deleted";
                            stepId: string | null;
                        } | null;
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
