import type { CommandContext, EngineCalls } from './command.ts'

/** What is shown of folders is as it was left, when nobody keeps them in sync now. */
export async function tellNotRunning({ output, homeHint }: CommandContext, engine: EngineCalls): Promise<void> {
  if ((await engine.call('engine:status', {})).listening) return
  output.say(`Holdfast is not running here: this is as it was left. holdfast sync run${homeHint} brings it up to date; the app or holdfast receive keep it so.`)
}
