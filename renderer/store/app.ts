import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Bridge } from '../bridge.ts'
import { INITIAL, type State } from './state.ts'

/** What every action is given: the data, and the way to the application. */
export interface App {
  readonly store: StoreApi<State>
  readonly bridge: Bridge
}

export function createApp(bridge: Bridge): App {
  return { store: createStore<State>(() => INITIAL), bridge }
}

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('No App around this component.')
  return app
}

/** A selector must return what is in the state, or a primitive; lists that are made go through `useMemo` or `useShallow`. */
export function useAppState<T>(select: (state: State) => T): T {
  return useStore(useApp().store, select)
}
