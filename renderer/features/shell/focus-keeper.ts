/**
 * Keeps the keyboard's place. When what had the focus goes away (a row that was deleted, a button that became another, a
 * page that gave way to the next), browsers drop the focus on the document, and a person without a mouse starts over at the
 * top. Here it goes to what stands where the lost one stood.
 */
interface Place {
  readonly element: HTMLElement
  /** From the inside out. */
  readonly around: readonly { readonly container: HTMLElement; readonly position: number }[]
  readonly heading: Element | null
  /** Of the row it is in. */
  readonly rowKey: string | null
}

const REACHABLE = 'a[href], button, input, textarea, select, [tabindex="0"]'

/** Where the focus rests when a container's own content is answered and gone, so that a second Enter answers nothing else. */
const REST = '[data-focus-rest]'

const isDialog = (element: Element): boolean => element.closest('[role=dialog], [role=alertdialog], [role=listbox]') !== null

function reachableIn(container: Element): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>(REACHABLE)].filter((element) => element.tabIndex >= 0 && !element.matches(':disabled') && element.checkVisibility())
}

const headingOf = (document: Document): HTMLElement | null => document.querySelector<HTMLElement>('main h1')

function placeOf(element: HTMLElement): Place {
  const around: { container: HTMLElement; position: number }[] = []
  for (let container = element.parentElement; container && container !== document.body; container = container.parentElement) {
    around.push({ container, position: Math.max(0, reachableIn(container).indexOf(element)) })
  }
  return { element, around, heading: headingOf(document), rowKey: element.closest('[data-key]')?.getAttribute('data-key') ?? null }
}

/** What stands where the lost one stood: at the same position in the nearest container that is left. */
export function nextTo(place: Place): HTMLElement | null {
  for (const { container, position } of place.around) {
    if (!container.isConnected || !container.checkVisibility()) continue
    if (container.matches(REST)) return container
    if (container.matches('.page, .stage')) return null
    const left = reachableIn(container)
    const next = left[Math.min(position, left.length - 1)]
    if (next) return next
  }
  return null
}

/** Begins to watch; returns what ends it. */
export function keepFocus(document: Document): () => void {
  let place: Place | null = null
  /** The row through which a page was entered, to come back to. */
  let enteredBy: string | null = null
  let frame = 0

  // Not the event's target: a list hands the focus on to a row while it is told of its own.
  const onFocusIn = (): void => {
    const element = document.activeElement
    if (element instanceof HTMLElement && element !== document.body && !isDialog(element)) place = placeOf(element)
  }

  // A click beside everything gives the focus up: what goes away afterwards takes nothing with it.
  const onPointerDown = ({ target }: PointerEvent): void => {
    if (target instanceof Element && !target.closest(`${REACHABLE}, [tabindex]:not(main):not(h1)`)) place = null
  }

  const restore = (): void => {
    const lost = place
    if (!lost || document.activeElement !== document.body || document.querySelector('[role=dialog], [role=alertdialog]')) return
    if (lost.element.isConnected && !lost.element.matches(':disabled')) return
    const heading = headingOf(document)
    if (heading !== lost.heading) {
      const back = enteredBy === null ? null : document.querySelector<HTMLElement>(`main [data-key="${CSS.escape(enteredBy)}"]`)
      if (lost.rowKey !== null) enteredBy = lost.rowKey
      ;(back ?? heading)?.focus()
      return
    }
    const next = nextTo(lost)
    if (next) next.focus()
    else (heading ?? document.querySelector<HTMLElement>('main'))?.focus({ preventScroll: true })
  }

  // Two frames: dialogs and lists that keep the focus themselves come first.
  const observer = new MutationObserver(() => {
    if (frame !== 0 || document.activeElement !== document.body || !place) return
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        frame = 0
        restore()
      })
    })
  })

  document.addEventListener('focusin', onFocusIn)
  document.addEventListener('pointerdown', onPointerDown, { capture: true })
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'data-disabled'] })
  return () => {
    document.removeEventListener('focusin', onFocusIn)
    document.removeEventListener('pointerdown', onPointerDown, { capture: true })
    observer.disconnect()
    cancelAnimationFrame(frame)
  }
}
