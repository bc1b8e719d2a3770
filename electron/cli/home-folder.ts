/** The app's too: both mean the same device when nobody says otherwise. */
export { homeFolder } from '../engine/host/home-folder.ts'
