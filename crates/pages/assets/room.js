// What the pages of a meeting do beyond what they are without a script: the recorder's state is kept up to date, and a signature can be drawn.
// Without it the state is as old as the page, and a name is signed by being typed.

const EVERY_MS = 2000
const NEAR = 3 // Points nearer than this to the one before say nothing more.
const CHARS_MAX = 6000

function follow(live) {
  const lost = document.querySelector('[data-live-lost]')
  const state = (html) => (html.querySelector('[data-state]') || { dataset: {} }).dataset.state
  let known = state(live)
  async function look() {
    try {
      const answer = await fetch(live.dataset.live, { cache: 'no-store', signal: AbortSignal.timeout(5000) })
      if (answer.redirected || answer.status === 204 || answer.status === 404) return location.reload()
      if (!answer.ok) throw new Error(answer.statusText)
      const part = new DOMParser().parseFromString(await answer.text(), 'text/html').body
      // Where something else can be done now than a moment ago the whole page is another.
      if (state(part) !== known) return location.reload()
      live.replaceChildren(...part.childNodes)
      lost.hidden = true
    } catch {
      lost.hidden = false
    }
    setTimeout(look, EVERY_MS)
  }
  setTimeout(look, EVERY_MS)
}

function draw(group) {
  const canvas = group.querySelector('canvas')
  const field = group.querySelector('input[type=hidden]')
  const pen = canvas.getContext('2d')
  const read = (text) => (text ? text.split(';').map((stroke) => stroke.split(' ').map((point) => point.split(',').map(Number))) : [])
  const print = (strokes) => strokes.map((stroke) => stroke.map((point) => point.join(',')).join(' ')).join(';')
  let strokes = read(field.value)
  let now = null
  group.hidden = false

  function paint() {
    pen.clearRect(0, 0, canvas.width, canvas.height)
    pen.lineWidth = 3
    pen.lineCap = 'round'
    for (const [first, ...rest] of strokes) {
      pen.beginPath()
      pen.moveTo(...first)
      for (const point of rest.length ? rest : [first]) pen.lineTo(...point)
      pen.stroke()
    }
  }
  function at(event) {
    const box = canvas.getBoundingClientRect()
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)))
    const x = within(((event.clientX - box.left) * canvas.width) / box.width, canvas.width)
    return [x, within(((event.clientY - box.top) * canvas.height) / box.height, canvas.height)]
  }
  canvas.addEventListener('pointerdown', (event) => {
    event.preventDefault()
    canvas.setPointerCapture(event.pointerId)
    // One pen at a time, and no more than can be kept.
    if (now || print(strokes).length > CHARS_MAX - 10) return
    now = [at(event)]
    strokes.push(now)
    paint()
  })
  canvas.addEventListener('pointermove', (event) => {
    if (!now) return
    const point = at(event)
    const last = now[now.length - 1]
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAR) return
    now.push(point)
    // What is longer than can be kept ends here: what is seen is what is kept.
    if (print(strokes).length > CHARS_MAX) now.pop()
    paint()
  })
  const end = () => {
    if (!now) return
    now = null
    field.value = print(strokes)
  }
  canvas.addEventListener('pointerup', end)
  canvas.addEventListener('pointercancel', end)
  group.querySelector('[data-clear]').addEventListener('click', () => {
    strokes = []
    field.value = ''
    paint()
  })
  paint()
}

for (const live of document.querySelectorAll('[data-live]')) follow(live)
for (const group of document.querySelectorAll('[data-signature]')) draw(group)
