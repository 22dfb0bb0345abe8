// Commands: logical sessions. They exist as soon as they are used; ending one forgets its retryable writes and
// closes its cursors.
import { type Document, isDocument } from '../query/values.ts';
import { UUID } from 'bson';
import type { CommandReply, CommandRequest, CommandTable } from './command.ts';
import { documentsOption } from './command.ts';
import { SESSION_MINUTES, sessionKey } from './retries.ts';

function end(request: CommandRequest): CommandReply {
  for (const session of documentsOption(request, request.name) ?? []) {
    const key = sessionKey(session);
    if (key === undefined) continue;
    request.server.retries.end(key);
    request.server.cursors.killSession(key);
  }
  return {};
}

function start(): CommandReply {
  const id: Document = { id: new UUID() };
  return { id, timeoutMinutes: SESSION_MINUTES };
}

function refresh(request: CommandRequest): CommandReply {
  const sessions = documentsOption(request, 'refreshSessions') ?? [];
  sessions.filter(isDocument).forEach(sessionKey);
  return {};
}

export const sessionCommands: CommandTable = {
  startSession: { options: [], run: start },
  endSessions: { options: [], run: end },
  killSessions: { options: [], run: end },
  refreshSessions: { options: [], run: refresh },
};
