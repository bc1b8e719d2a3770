import { toErrorData } from '../../shared/errors.ts'
import type { AppHandlers } from '../../shared/ipc/app-contract.ts'
import { APP_ARGS_SCHEMAS, isAppCommand } from '../../shared/ipc/app-schemas.ts'
import type { Reply } from '../../shared/ipc/contract.ts'

const MAX_ISSUES = 3

/**
 * The one way in for a window or a page: a known command, its arguments by its schema, then the handler. Never throws;
 * what went wrong comes back as data. Whoever calls it has made sure who is asking.
 */
export async function answerCall(handlers: AppHandlers, command: unknown, args: unknown): Promise<Reply<unknown>> {
  if (!isAppCommand(command)) return refused('There is no such command.')
  const parsed = APP_ARGS_SCHEMAS[command].safeParse(args)
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, MAX_ISSUES).map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`)
    return refused(`${command} was called with something it does not take (${issues.join('; ')}).`)
  }
  try {
    const handler = handlers[command] as (args: unknown) => unknown
    return { ok: true, value: await handler(parsed.data) }
  } catch (error) {
    return { ok: false, error: toErrorData(error) }
  }
}

function refused(message: string): Reply<never> {
  return { ok: false, error: { code: 'USAGE_INVALID', message } }
}

