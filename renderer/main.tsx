import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { connectBridge } from './bridge.ts'
import { AppView } from './features/shell/app-view.tsx'
import { AppContext, createApp } from './store/app.ts'
import { startSync } from './store/sync.ts'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root element.')

const app = createApp(connectBridge())
startSync(app)

createRoot(root).render(
  <StrictMode>
    <AppContext value={app}>
      <AppView />
    </AppContext>
  </StrictMode>,
)
